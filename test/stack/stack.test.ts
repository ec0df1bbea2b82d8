import { globSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ComposeService, type Pipelines, readData, root } from './files.ts';

const { services } = readData<{ services: Record<string, ComposeService> }>('docker-compose.yml');
const each = Object.entries(services);
const collector = readData<Pipelines>('otel-collector/config.yaml');

test.each(globSync('otel-collector/**/*.{yaml,json}', { cwd: root }))('%s parses', (file) =>
  expect(readData(file)).toBeTypeOf('object'),
);

test('the stack is the collector, Jaeger, Prometheus and Grafana', () => {
  expect(Object.keys(services).sort()).toEqual(['collector', 'grafana', 'jaeger', 'prometheus']);
});

test.each(each)('%s is reachable from this machine only', (_name, { ports }) => {
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
});

test.each(each)('%s runs a pinned image within a memory limit', (_name, { image, mem_limit }) => {
  expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+\.\d+$/);
  expect(mem_limit).toMatch(/^\d+[mg]$/);
});

test.each(each)(
  '%s mounts files that exist, and reads the configuration that is mounted',
  (_name, service) => {
    const targets = service.volumes.map((volume) => {
      const [source = '', target = '', mode] = volume.split(':');
      expect(statSync(path.join(root, source), { throwIfNoEntry: false }), source).toBeDefined();
      expect(mode).toBe('ro');
      return target;
    });
    for (const argument of service.command ?? []) {
      const [file] = argument.match(/\/etc\/.*$/) ?? [];
      if (file) expect(targets).toContain(file);
    }
  },
);

test('OTLP arrives on the usual ports', () => {
  expect(services['collector']?.ports).toEqual(
    expect.arrayContaining(['127.0.0.1:4317:4317', '127.0.0.1:4318:4318']),
  );
});

test.each(['traces', 'metrics', 'logs'])('the collector takes %s, so that none are refused', (signal) => {
  const pipeline = collector.service.pipelines[signal];
  expect(pipeline?.receivers).toContain('otlp');
  expect(pipeline?.processors?.[0]).toBe('memory_limiter');
});

test.each(['config.yaml', 'jaeger.yaml'])(
  'the pipelines of %s name only what the file configures',
  (file) => {
    const { connectors = {}, service, ...parts } = readData<Pipelines>(`otel-collector/${file}`);
    expect(Object.keys(parts.extensions).sort()).toEqual([...service.extensions].sort());
    const pipelines = Object.values(service.pipelines);
    const used = (kind: 'receivers' | 'processors' | 'exporters') =>
      [...new Set(pipelines.flatMap((pipeline) => pipeline[kind] ?? []))]
        .filter((name) => !(name in connectors))
        .sort();
    for (const kind of ['receivers', 'processors', 'exporters'] as const)
      expect(used(kind)).toEqual(Object.keys(parts[kind]).sort());
    for (const name of Object.keys(connectors)) {
      expect(pipelines.some(({ receivers }) => receivers.includes(name))).toBe(true);
      expect(pipelines.some(({ exporters }) => exporters.includes(name))).toBe(true);
    }
  },
);

test('each part finds the next one by its service name and port', () => {
  const scraped = readData<{ scrape_configs: { static_configs: { targets: string[] }[] }[] }>(
    'otel-collector/prometheus.yaml',
  ).scrape_configs.flatMap((config) => config.static_configs.flatMap(({ targets }) => targets));
  const jaeger = readData<Pipelines>('otel-collector/jaeger.yaml');
  const { datasources } = readData<{ datasources: { uid: string; url: string }[] }>(
    'otel-collector/grafana/provisioning/datasources/datasources.yaml',
  );
  expect(collector.exporters).toMatchObject({
    prometheus: { endpoint: '0.0.0.0:8889' },
    'otlp_grpc/jaeger': { endpoint: 'jaeger:4317' },
  });
  expect(scraped).toContain('collector:8889');
  expect(jaeger.receivers).toMatchObject({ otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' } } } });
  expect(jaeger.extensions).toMatchObject({
    jaeger_storage: {
      metric_backends: { span_metrics: { prometheus: { endpoint: 'http://prometheus:9090' } } },
    },
  });
  expect(datasources.map(({ uid, url }) => [uid, url])).toEqual([
    ['prometheus', 'http://prometheus:9090'],
    ['jaeger', 'http://jaeger:16686'],
  ]);
});
