import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { wantedVersion } from '../../otel-collector/jaeger/wanted.ts';
import { type Pipelines, readCompose, readData, root } from './files.ts';

const { services, volumes: named } = readCompose();
const each = Object.entries(services);
const images = each.filter(([, { build }]) => build === undefined);
const collector = readData<Pipelines>('otel-collector/config.yaml');

test.each(globSync('otel-collector/**/*.{yaml,json}', { cwd: root }))('%s parses', (file) =>
  expect(readData(file)).toBeTypeOf('object'),
);

test('the stack is whole, and the demo comes only where it is asked for', () => {
  const demo = each.filter(([, { profiles }]) => profiles?.includes('demo')).map(([name]) => name);
  expect(demo).toEqual(['mock', 'gateway']);
  const always = each.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
  expect(always).toEqual(['collector', 'collector-health', 'jaeger', 'prometheus', 'grafana', 'redis']);
});

test.each(each)('%s is reachable from this machine only, by a port that can be moved', (_name, { ports }) => {
  for (const port of ports ?? []) {
    const [, fallback, inside] = port.match(/^127\.0\.0\.1:\$\{TELLTALE_[A-Z_]+_PORT:-(\d+)\}:(\d+)$/) ?? [];
    expect(fallback, port).toBe(inside);
  }
});

test.each(images)('%s runs a pinned image', (_name, { image }) => {
  expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+\.\d+(?:-alpine)?$/);
});

test.each(each)('%s has limits of memory, processor and processes', (_name, service) => {
  expect(service.mem_limit).toMatch(/^\d+[mg]$/);
  expect(service.cpus).toBeGreaterThan(0);
  expect(service.pids_limit).toBeGreaterThan(0);
});

test.each(each)('%s is watched, or asked for its health by somebody else', (name, { healthcheck }) => {
  const watcher = name === 'collector' ? services['collector-health']?.healthcheck : healthcheck;
  expect(watcher?.test[0]).toBe('CMD');
  expect(watcher?.retries).toBeGreaterThan(0);
});

test.each(each)('%s waits only for what can tell that it is ready', (_name, { depends_on = {} }) => {
  for (const [other, { condition }] of Object.entries(depends_on)) {
    expect(Object.keys(services)).toContain(other);
    if (condition === 'service_healthy') expect(services[other]?.healthcheck).toBeDefined();
    else expect(condition).toBe('service_started');
  }
});

test.each(each)(
  '%s mounts what exists, read only, and keeps its data in a named volume',
  (_name, service) => {
    const targets = (service.volumes ?? []).map((volume) => {
      const [source = '', target = '', mode] = volume.split(':');
      if (source.startsWith('./')) {
        expect(statSync(path.join(root, source), { throwIfNoEntry: false }), source).toBeDefined();
        expect(mode).toBe('ro');
      } else {
        expect(Object.keys(named)).toContain(source);
      }
      return target;
    });
    for (const argument of service.command ?? []) {
      const [file] = argument.match(/\/etc\/.*$/) ?? [];
      if (file) expect(targets).toContain(file);
    }
  },
);

test('what is kept outlives its container: each volume is where its program writes', () => {
  const places = new Map(
    each.flatMap(([, { volumes = [] }]) =>
      volumes
        .filter((volume) => !volume.startsWith('./'))
        .map((volume) => volume.split(':') as [string, string]),
    ),
  );
  const jaeger = JSON.stringify(readData('otel-collector/jaeger.yaml'));
  expect([...places.keys()].sort()).toEqual(Object.keys(named).sort());
  expect(jaeger).toContain(`${places.get('jaeger-traces')}/keys`);
  expect(jaeger).toContain(`${places.get('jaeger-traces')}/values`);
  expect(collector.extensions).toMatchObject({
    file_storage: {
      directory: `\${env:TELLTALE_COLLECTOR_STORAGE:-${places.get('collector-queue')}}`,
    },
  });
  expect(services['prometheus']?.command).toContain(
    `--storage.tsdb.path=${places.get('prometheus-metrics')}`,
  );
});

test('the image of the demo has the files that its commands name', () => {
  const dockerfile = readFileSync(path.join(root, 'otel-collector/demo.Dockerfile'), 'utf8');
  const ignored = readFileSync(path.join(root, 'otel-collector/demo.Dockerfile.dockerignore'), 'utf8').split(
    '\n',
  );
  const copied = [...dockerfile.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, list = '']) => list.split(' '));
  for (const file of copied) {
    expect(statSync(path.join(root, file), { throwIfNoEntry: false }), file).toBeDefined();
    expect(ignored).toContain(`!${file}`);
  }
  for (const name of ['mock', 'gateway']) {
    const file = services[name]?.command?.[1] ?? '';
    expect(statSync(path.join(root, file)).isFile()).toBe(true);
    expect(copied.some((folder) => file.startsWith(`${folder}/`))).toBe(true);
  }
});

test('the collector that is built for the checks has the version of the image and all that the configuration names', () => {
  const manifest = readFileSync(path.join(root, 'otel-collector/builder.yaml'), 'utf8');
  const { dist, providers, ...kinds } = readData<
    { dist: { version: string } } & Record<string, { gomod: string }[]>
  >('otel-collector/builder.yaml');
  expect(services['collector']?.image).toBe(`otel/opentelemetry-collector-contrib:${dist.version}`);
  const versions = Object.values(kinds).flatMap((parts) => parts.map(({ gomod }) => gomod.split(' v')[1]));
  expect(new Set(versions)).toEqual(new Set([dist.version]));
  expect(providers).toHaveLength(3);
  const types = (['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const).flatMap(
    (kind) => Object.keys(collector[kind] ?? {}).map((name) => name.split('/')[0]?.replaceAll('_', '')),
  );
  for (const type of types) expect(manifest.replaceAll('_', '')).toContain(`/${type}`);
});

test('Go collects the collector’s garbage before its memory limiter refuses', () => {
  const { memory_limiter: limiter } = collector.processors as {
    memory_limiter: { limit_percentage: number; spike_limit_percentage: number };
  };
  const { mem_limit = '', environment = {} } = services['collector'] ?? {};
  const mib = (text: string) => Number(text.match(/^(\d+)(?:m|MiB)$/)?.[1]);
  const refusesMib = (mib(mem_limit) * (limiter.limit_percentage - limiter.spike_limit_percentage)) / 100;
  expect(mib(environment['GOMEMLIMIT'] ?? '')).toBeLessThan(refusesMib);
});

test('what a process said last is forgotten soon after it is gone', () => {
  const { prometheus } = collector.exporters as { prometheus: { metric_expiration: string } };
  const minutes = Number(prometheus.metric_expiration.match(/^(\d+)m$/)?.[1]);
  // An SDK sends its metrics each minute, and the rules look five back.
  expect(minutes).toBeGreaterThan(2);
  expect(minutes).toBeLessThan(5);
});

test('Prometheus serves the runbooks where its alerts point', () => {
  const { command = [], volumes = [], ports = [] } = services['prometheus'] ?? {};
  const folder = '/etc/prometheus/runbooks';
  expect(command).toContain(`--web.console.templates=${folder}`);
  expect(volumes).toContain(`./docs/runbooks:${folder}:ro`);
  expect(ports.map((port) => port.split(':').at(-1))).toEqual(['9090']);
});

test.each(['jaeger.yaml', 'jaeger-local.yaml'])(
  '%s sends no traces of Jaeger’s own to where nobody is',
  (file) => {
    const { extensions } = readData<Pipelines>(`otel-collector/${file}`);
    expect(extensions).toMatchObject({ jaeger_query: { enable_tracing: false } });
  },
);

test('the stack has the Jaeger that `npm run jaeger` runs', () => {
  expect(services['jaeger']?.image).toBe(`jaegertracing/jaeger:${wantedVersion}`);
});

test('OTLP arrives on the usual ports', () => {
  const inside = services['collector']?.ports?.map((port) => port.split(':').at(-1));
  expect(inside).toEqual(expect.arrayContaining(['4317', '4318']));
});

test.each(['traces', 'metrics', 'logs'])('the collector takes %s, so that none are refused', (signal) => {
  const pipeline = collector.service.pipelines[signal];
  expect(pipeline?.receivers).toContain('otlp');
  expect(pipeline?.processors?.[0]).toBe('memory_limiter');
});

test('spans are counted before any is sampled away, and redacted before they are held or sent', () => {
  const { pipelines } = collector.service;
  expect(pipelines['traces']).toEqual({
    receivers: ['otlp'],
    processors: ['memory_limiter', 'redaction'],
    exporters: ['span_metrics', 'forward/counted'],
  });
  expect(pipelines['traces/kept']).toEqual({
    receivers: ['forward/counted'],
    processors: ['tail_sampling'],
    exporters: ['otlp_http/jaeger'],
  });
  expect(pipelines['logs']?.processors).toContain('redaction');
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
    prometheus: { endpoint: `\${env:TELLTALE_COLLECTOR_METRICS:-0.0.0.0:8889}` },
    'otlp_http/jaeger': { endpoint: `\${env:TELLTALE_JAEGER_ENDPOINT:-http://jaeger:4318}` },
  });
  expect(scraped).toContain('collector:8889');
  expect(jaeger.receivers).toMatchObject({ otlp: { protocols: { http: { endpoint: '0.0.0.0:4318' } } } });
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
