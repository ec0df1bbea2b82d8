import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChildLine, ChildTask } from './child.ts';
import { hasRedis, type RedisServer, startRedis, until } from './redis-server.ts';

let server: RedisServer;
const children: Child[] = [];

interface Child {
  readonly process: ChildProcess;
  readonly lines: ChildLine[];
}

beforeEach(async () => {
  server = await startRedis();
});
afterEach(async () => {
  for (const { process } of children.splice(0)) {
    process.kill('SIGCONT');
    process.kill('SIGKILL');
  }
  await server.stop();
});

function startChild(task: Omit<ChildTask, 'port'>): Child {
  const file = path.join(import.meta.dirname, 'child.ts');
  const started = spawn(process.execPath, [file, JSON.stringify({ ...task, port: server.port })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const child: Child = { process: started, lines: [] };
  let rest = '';
  started.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) child.lines.push(JSON.parse(line) as ChildLine);
  });
  children.push(child);
  return child;
}

interface Event {
  readonly atMs: number;
  readonly count: number;
}

const charges = (of: readonly Child[]): Event[] =>
  of.flatMap(({ lines }) =>
    lines.flatMap((line) => ('charged' in line ? [{ atMs: line.atMs, count: line.charged }] : [])),
  );

const departures = (of: readonly Child[]): Event[] =>
  of.flatMap(({ lines }) =>
    lines.flatMap((line) => ('wentMs' in line ? [{ atMs: line.wentMs, count: 1 }] : [])),
  );

/** The most in any window, each of which ends with one of the events. */
function worstWindow(events: readonly Event[], windowMs: number): number {
  const sorted = [...events].sort((a, b) => a.atMs - b.atMs);
  let worst = 0;
  let sum = 0;
  let from = 0;
  for (const { atMs, count } of sorted) {
    sum += count;
    for (let first = sorted[from]; first && first.atMs <= atMs - windowMs; first = sorted[++from])
      sum -= first.count;
    worst = Math.max(worst, sum);
  }
  return worst;
}

const total = (events: readonly Event[]): number => events.reduce((sum, { count }) => sum + count, 0);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.skipIf(!hasRedis)(
  'four processes hold 100 in any second together, and each gets its part',
  {
    timeout: 30_000,
  },
  async () => {
    const all = [1, 2, 3, 4].map(() => startChild({ requests: 100, perMs: 1_000, lanes: 40, pauseMs: 0 }));
    await until('all to have begun', () => all.every((child) => departures([child]).length > 0));
    const begun = total(departures(all));
    await pause(4_000);
    const events = charges(all);
    const went = all.map((child) => total(departures([child])));
    console.log(
      `four processes, 100 a second: worst window ${worstWindow(events, 1_000)}, ${total(departures(all)) - begun} in 4 s, by process ${went}`,
    );
    expect(worstWindow(events, 1_000)).toBeLessThanOrEqual(100);
    expect(worstWindow(events, 1_000)).toBeGreaterThanOrEqual(90);
    for (const own of went) expect(own).toBeGreaterThanOrEqual(10);
  },
);

test.skipIf(!hasRedis)(
  'a process killed with leases in hand leaves nothing held once its window is over',
  {
    timeout: 30_000,
  },
  async () => {
    const one = startChild({ requests: 2_000, perMs: 10_000, lanes: 1, pauseMs: 1 });
    await until('leases to be spent', () => one.lines.some((line) => 'byLease' in line && line.byLease > 50));
    one.process.kill('SIGKILL');
    await until('it to end', () => one.process.signalCode !== null);
    const client = server.client();
    const held = Number(await client.hget('telltale:{children}:limit:requests/10000ms', 's'));
    expect(held).toBeGreaterThanOrEqual(total(departures([one])));
    // Everything it left expires: what was taken with its window, that it was there within seconds.
    const ttls = await Promise.all(
      (await client.keys('telltale:{children}:*')).map(async (key) => [key, await client.pttl(key)] as const),
    );
    expect(ttls.length).toBeGreaterThan(0);
    for (const [key, ttl] of ttls) {
      const most = key.includes(':limit:') ? 12_000 : key.includes(':batch:') ? 600_000 : 80_000;
      expect({ key, ttl, isBounded: ttl > 0 && ttl <= most }).toMatchObject({ isBounded: true });
    }
    const other = startChild({ requests: 2_000, perMs: 10_000, lanes: 20, pauseMs: 0 });
    await until('the rest to go', () => total(charges([other])) + held >= 1_900);
    expect(total(departures([one])) + total(departures([other]))).toBeLessThanOrEqual(2_000);
  },
);

test.skipIf(!hasRedis)(
  'a process that was stopped does not spend what is over when it wakes',
  {
    timeout: 30_000,
  },
  async () => {
    const quota = 400;
    const one = startChild({ requests: quota, perMs: 10_000, lanes: 1, pauseMs: 1 });
    await until('leases to be spent', () => one.lines.some((line) => 'byLease' in line && line.byLease > 20));
    one.process.kill('SIGSTOP');
    await pause(400);
    const byLease = Math.max(...one.lines.map((line) => ('byLease' in line ? line.byLease : 0)));
    const seen = one.lines.length;
    one.process.kill('SIGCONT');
    await until('it to go on', () => departures([{ ...one, lines: one.lines.slice(seen) }]).length > 0);
    // The first to go after it woke had to ask: no lease that it held before lasts so long.
    const [first, next] = one.lines.slice(seen);
    const lines = [first, next].filter((line) => line !== undefined);
    expect(
      lines.some((line) => 'charged' in line) ||
        lines.every((line) => 'byLease' in line && line.byLease <= byLease),
    ).toBe(true);
    await until('the quota to be used', () => total(charges([one])) >= 0.9 * quota);
    expect(worstWindow(departures([one]), 10_000)).toBeLessThanOrEqual(quota);
  },
);
