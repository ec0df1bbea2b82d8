import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import path from 'node:path';
import { trace } from '@opentelemetry/api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import type { Program } from '../../../loadtest/program/program.ts';
import { jaegerCommand } from '../../../otel-collector/jaeger/command.ts';
import { readOptions } from '../../../otel-collector/jaeger/options.ts';
import { accepts } from '../../../otel-collector/jaeger/taken-ports.ts';
import { wantedVersion } from '../../../otel-collector/jaeger/wanted.ts';
import { start } from '../../../src/node/index.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const main = path.join(root, 'otel-collector/jaeger/main.ts');
const standIn = path.join(import.meta.dirname, 'stand-in.mjs');

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  out(): string;
  err(): string;
  until(text: string): Promise<void>;
}

function runJaeger(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    changed();
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    child,
    ended,
    out: () => out,
    err: () => err,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!out.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without saying ${text}:\n${out}${err}`)));
      }),
  };
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePorts(): Promise<{ ui: number; http: number; grpc: number; args: string[] }> {
  const servers = [createServer(), createServer(), createServer()];
  const [ui = 0, http = 0, grpc = 0] = await Promise.all(servers.map(listen));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { ui, http, grpc, args: ['--ui-port', `${ui}`, '--http-port', `${http}`, '--grpc-port', `${grpc}`] };
}

describe.skipIf(process.platform === 'win32')(
  'npm run jaeger (the stand-in is started by its first line)',
  () => {
    test.each(['SIGINT', 'SIGTERM'] as const)(
      'says where it is, and ends with %s',
      async (signal) => {
        const { ui, http, grpc, args } = await freePorts();
        const running = runJaeger(args, { JAEGER: standIn });
        await running.until('Ctrl-C');
        expect(running.out()).toContain(`Jaeger's pages: http://127.0.0.1:${ui}\n`);
        expect(running.out()).toContain(
          `Send traces to: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${http}\n`,
        );
        expect(running.out()).toContain(`gRPC: 127.0.0.1:${grpc}.`);
        expect(running.err()).toBe('Using Jaeger 2.20.0, which JAEGER names.\n');
        expect(await accepts(ui)).toBe(true);
        running.child.kill(signal);
        expect(await running.ended).toBe(0);
        expect(await accepts(ui)).toBe(false);
      },
      30_000,
    );

    test("shows what Jaeger says where that is asked for; the user's own telemetry is not Jaeger's", async () => {
      const { args } = await freePorts();
      const running = runJaeger([...args, '--log'], {
        JAEGER: standIn,
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://elsewhere',
      });
      await running.until('Ctrl-C');
      running.child.kill('SIGINT');
      expect(await running.ended).toBe(0);
      expect(running.err()).toContain(`${path.join('otel-collector', 'jaeger-local.yaml')}, telemetry none`);
      expect(running.err()).toContain('shutting down');
    }, 30_000);

    test('says what a Jaeger said last that does not start', async () => {
      const { args } = await freePorts();
      const running = runJaeger(args, { JAEGER: standIn, JAEGER_STAND_IN: 'broken' });
      expect(await running.ended).toBe(1);
      expect(running.err()).toContain(
        'Jaeger ended with exit code 1. It said last:\n  Error: cannot build pipelines: no such receiver\n',
      );
      expect(running.err()).not.toContain('    at ');
    }, 30_000);
  },
);

describe('ports that are taken', () => {
  test('are told before anything is fetched, with the way out', async () => {
    const { ui, grpc } = await freePorts();
    const taker = createServer((socket) => socket.end());
    const http = await listen(taker);
    onTestFinished(() => void taker.close());
    const running = runJaeger(['--ui-port', `${ui}`, '--grpc-port', `${grpc}`, '--http-port', `${http}`], {
      JAEGER: '/not/looked/at',
    });
    expect(await running.ended).toBe(1);
    expect(running.err()).toMatch(
      new RegExp(
        `^Jaeger cannot listen on 127\\.0\\.0\\.1: port ${http} \\(for OTLP over HTTP\\) is taken\\.\n` +
          'End what listens there \\(for the compose stack: docker compose down\\), or choose other ports: ' +
          'npm run jaeger -- --http-port \\d+\n$',
      ),
    );
  }, 30_000);

  test('by a Jaeger are told to be that', async () => {
    const { http, grpc } = await freePorts();
    const other = createHttpServer((_, response) => response.end('{"data":["my-service"],"total":1}'));
    const ui = await listen(other);
    onTestFinished(() => {
      other.closeAllConnections();
      other.close();
    });
    const args = ['--ui-port', `${ui}`, '--grpc-port', `${grpc}`, '--http-port', `${http}`];
    const running = runJaeger(args, { JAEGER: '/not/looked/at' });
    expect(await running.ended).toBe(1);
    expect(running.err()).toContain(
      `A Jaeger answers at http://127.0.0.1:${ui} already: open that, or choose`,
    );
  }, 30_000);
});

test.each([
  [['--http-port', '0'], 'Expected `--http-port` to be a port from 1 to 65535, got `0`.'],
  [['--ui-port', 'x'], 'Expected `--ui-port` to be a port from 1 to 65535, got `x`.'],
  [['--ui-port', '5000', '--http-port', '5000'], 'must be three different ports'],
  [['--prt', '1'], "Unknown option '--prt'"],
])('%j is a mistake that is said in a sentence', (args, sentence) => {
  expect(() => readOptions(args)).toThrow(sentence);
});

test('a wrong option is no crash', async () => {
  const running = runJaeger(['--ui-port', 'x'], {});
  expect(await running.ended).toBe(2);
  expect(running.err()).toMatch(/^Expected `--ui-port` to be a port.*\n$/);
}, 30_000);

describe('the command', () => {
  const ports = { ui: 1, http: 2, grpc: 3 };
  const native: Program = {
    command: ['/opt/jaeger'],
    source: 'JAEGER',
    version: '2.20.0',
    inContainer: false,
    hostName: '127.0.0.1',
  };
  const config = path.join(root, 'otel-collector/jaeger-local.yaml');

  test('leads the ports of a container to ours, on this machine alone', () => {
    const container: Program = { ...native, command: ['docker', 'run', '--rm'], inContainer: true };
    expect(jaegerCommand(container, ports, 'darwin').command).toEqual([
      ...['docker', 'run', '--rm'],
      ...['--publish', '127.0.0.1:1:16686', '--publish', '127.0.0.1:2:4318', '--publish', '127.0.0.1:3:4317'],
      ...['--mount', `type=bind,src=${config},dst=/etc/jaeger/jaeger-local.yaml,readonly`],
      `jaegertracing/jaeger:${wantedVersion}`,
      ...['--config', '/etc/jaeger/jaeger-local.yaml'],
    ]);
  });

  test('gives a program of this machine every variable that the configuration reads', () => {
    const { command, env } = jaegerCommand(native, ports);
    expect(command).toEqual(['/opt/jaeger', '--config', config]);
    const read = [...readFileSync(config, 'utf8').matchAll(/\$\{env:([A-Z_]+):-[^}]+\}/g)].map(
      ([, name = '']) => name,
    );
    expect(new Set(read)).toEqual(new Set(Object.keys(env)));
    expect(Object.keys(parse(readFileSync(config, 'utf8')).receivers)).toEqual(['otlp']);
  });
});

/** A Jaeger that is here already: a test fetches none. */
function presentJaeger(): string | undefined {
  const inTools = path.join(root, '.tools/jaeger');
  const file = process.env['JAEGER'] || (existsSync(inTools) ? inTools : 'jaeger');
  return spawnSync(file, ['version']).status === 0 ? file : undefined;
}

const jaeger = presentJaeger();

test.skipIf(jaeger === undefined)(
  `a real Jaeger takes what Telltale sends, and finds it again${jaeger ? '' : ' (skipped: no Jaeger in JAEGER, .tools/ or PATH)'}`,
  async () => {
    const { ui, http, args } = await freePorts();
    const running = runJaeger(args, { JAEGER: jaeger ?? '' });
    await running.until('Ctrl-C');
    const sdk = start({
      serviceName: 'jaeger-test',
      endpoint: `http://127.0.0.1:${http}`,
      handleSignals: false,
    });
    trace.getTracer('test').startSpan('chat gpt-5').end();
    await sdk.flush();

    await sdk.shutdown();
    const found = async (): Promise<readonly { spans: readonly { operationName: string }[] }[]> => {
      const answer = await fetch(`http://127.0.0.1:${ui}/api/traces?service=jaeger-test&lookback=1h`);
      return ((await answer.json()) as { data: never[] | null }).data ?? [];
    };
    await expect.poll(found, { timeout: 20_000 }).toHaveLength(1);
    expect((await found())[0]?.spans.map(({ operationName }) => operationName)).toEqual(['chat gpt-5']);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
  },
  60_000,
);
