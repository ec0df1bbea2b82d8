import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { childEnv } from './child-env.ts';
import { killWithUs } from './processes.ts';
import { RunFailure } from './run-failure.ts';
import { UsageError } from './usage-error.ts';
import { within } from './within.ts';

/** The Redis in which the gateways of a run hold their limits together. */
export interface RedisServer {
  readonly url: string;
  /** Of this run alone, so that runs on one server do not meet. */
  readonly key: string;
  stop(): Promise<void>;
}

const startMs = 10_000;
const stopMs = 5_000;

/** Uses the server that `REDIS_URL` names, which must answer, or starts one on a free port of this machine, which keeps nothing. */
export async function openRedis(env: NodeJS.ProcessEnv): Promise<RedisServer> {
  const { Redis } = await loadClient();
  const key = `telltale-loadtest-${process.pid}-${Date.now()}`;
  const given = env['REDIS_URL'];
  if (given) {
    await mustAnswer(Redis, given);
    return { url: given, key, stop: async () => {} };
  }
  const port = await freePort();
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-redis-'));
  const child = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    {
      env: childEnv(env, {}),
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    },
  );
  killWithUs(child);
  async function stop(): Promise<void> {
    await end(child);
    rmSync(directory, { recursive: true, force: true });
  }
  const problem = await within(Promise.race([ready(child), failure(child)]), startMs);
  if (problem === undefined) return { url: `redis://127.0.0.1:${port}`, key, stop };
  await stop();
  throw new RunFailure(
    problem === 'late' ? `redis-server was not ready within ${startMs / 1_000} s.` : problem,
  );
}

type Client = Pick<typeof import('ioredis'), 'Redis'>;

/** Only scenarios that share something need it, so whoever has the package need not have it. */
async function loadClient(): Promise<Client> {
  try {
    return await import('ioredis');
  } catch {
    throw new RunFailure(
      'This scenario holds something in Redis, and the package for that is not installed here. Run: npm install ioredis',
    );
  }
}

/** Without it the gateways would each go on alone, and the run be red for another reason than the true one. */
async function mustAnswer(Redis: Client['Redis'], url: string): Promise<void> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new UsageError('Expected REDIS_URL to be a URL such as redis://127.0.0.1:6379.');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: stopMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason = 'no answer in time';
  redis.on('error', (error: Error) => {
    reason = error.message;
  });
  try {
    const answer = await within(
      redis.connect().then(() => redis.ping()),
      stopMs,
    );
    if (answer !== 'late') return;
  } catch {
    // The event above has the reason.
  } finally {
    redis.disconnect();
  }
  // The URL may hold a password.
  throw new RunFailure(
    `The Redis at ${new URL(url).host}, which REDIS_URL names, does not answer: ${reason}`,
  );
}

function ready(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    let said = '';
    child.stdout?.on('data', (piece: Buffer) => {
      said += piece.toString();
      if (said.includes('Ready to accept connections')) resolve(undefined);
    });
  });
}

async function failure(child: ChildProcess): Promise<string> {
  const error = await Promise.race([
    once(child, 'error').then(([thrown]) => thrown as NodeJS.ErrnoException),
    once(child, 'exit').then(([code]) => new Error(`it ended with exit code ${code}`)),
  ]);
  if ('code' in error && error.code === 'ENOENT') {
    return (
      'This scenario needs a Redis, and there is no `redis-server` here. Install it (Debian: `apt-get install ' +
      'redis-server`, macOS: `brew install redis`), or name a server in REDIS_URL.'
    );
  }
  return `redis-server did not start: ${error.message}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  if ((await within(exited, stopMs)) !== 'late') return;
  child.kill('SIGKILL');
  await within(exited, stopMs);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new RunFailure('There is no free port.');
  return address.port;
}
