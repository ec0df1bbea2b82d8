import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { within } from '../../loadtest/within.ts';
import { freePorts } from '../shared/free-ports.ts';
import { root } from './binary.ts';
import type { Collector } from './collector.ts';
import { type Row, same, some } from './rows.ts';
import { waitUntil } from './wait-until.ts';

interface DemoService {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const startMs = 30_000;

/** The profile `demo`, by the commands and variables of docker-compose.yml, without containers and without Redis. */
export async function demoRows(collector: Collector): Promise<Row[]> {
  const file = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  const { services } = parse(file, { merge: true }) as { services: Record<string, DemoService> };
  const [mockPort = 0, gatewayPort = 0] = await freePorts(2);
  const here: readonly (readonly [RegExp, string])[] = [
    [/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'],
    [/^4010$/g, String(mockPort)],
    [/^8080$/g, String(gatewayPort)],
    [/^0\.0\.0\.0$/g, '127.0.0.1'],
    [/mock:4010/g, `127.0.0.1:${mockPort}`],
    [/^http:\/\/collector:4318$/g, collector.url],
    [/^redis:.*$/g, ''],
  ];
  const local = (text: string): string => here.reduce((now, [from, to]) => now.replace(from, to), text);
  const mock = run(services['mock'], local);
  const gateway = run(services['gateway'], local);
  try {
    const isWell = async (): Promise<boolean> => {
      try {
        return (await fetch(`http://127.0.0.1:${gatewayPort}/healthz`)).ok;
      } catch {
        return false;
      }
    };
    const healthy = await waitUntil(isWell, startMs);
    const spans = async (): Promise<number> =>
      (await collector.metrics()).sum(
        'traces_span_metrics_calls_total',
        ({ service_name }) => service_name === 'telltale-demo',
      );
    const calls = async (): Promise<number> =>
      (await collector.metrics()).sum(
        'gen_ai_client_operation_duration_seconds_count',
        ({ job }) => job === 'telltale-demo',
      );
    await waitUntil(async () => (await spans()) > 0 && (await calls()) > 0, startMs);
    return [
      same('the demo’s gateway is healthy', 'yes', healthy ? 'yes' : `no: ${gateway.said()}${mock.said()}`),
      some('its spans, counted', await spans()),
      some('its calls, in the metrics', await calls()),
      same(
        'it answers a question',
        true,
        await waitUntil(async () => (await ask(gatewayPort)) === 200, startMs),
      ),
      same('and none of a page of another origin', 403, await ask(gatewayPort, 'https://elsewhere.example')),
      same('it ends when it is told to', true, await gateway.end()),
      same('the demo’s mock ends when it is told to', true, await mock.end()),
    ];
  } finally {
    gateway.kill();
    mock.kill();
  }
}

/** The status with which a question is answered, which is asked by a page of `origin` or by none. */
async function ask(port: number, origin?: string): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${port}/ask`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...(origin !== undefined && { origin }) },
    body: 'Why is the sky blue?',
  });
  return status;
}

interface Running {
  said(): string;
  end(): Promise<boolean>;
  kill(): void;
}

function run(service: DemoService | undefined, local: (text: string) => string): Running {
  const { command = [], environment = {} } = service ?? {};
  const [, ...args] = command.map(local);
  const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, local(value)]));
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    said: () => said.trim().split('\n').slice(-3).join('\n'),
    kill,
    async end() {
      if (child.exitCode !== null) return false;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      return (await within(ended, 20_000)) !== 'late' && child.exitCode === 0;
    },
  };
}
