/** `npm run bench:redis`: what Telltale's limiter does over a Redis that is really there, beside another limiter of npm. */

import { cpus } from 'node:os';
import path from 'node:path';
import { hasRedis, startRedis } from '../test/admit/redis/redis-server.ts';
import { type BenchOptions, readOptions, runAsCommand } from './options.ts';
import { installedVersion, installPackages, ownVersion } from './others/install.ts';
import {
  quota,
  type RedisFigures,
  type RedisMeasure,
  type RedisOrder,
  slackMs,
  type Worst,
  windowMs,
} from './redis/measure-redis.ts';
import { type RedisSubject, redisSubjects } from './redis/subjects.ts';
import { redisTable } from './redis/table.ts';
import { runInProcess } from './run-in-process.ts';

const usual = { rounds: 5 };
const names = redisSubjects.map(({ name }) => name);

const help = `npm run bench:redis -- [options]

Starts a redis-server on a free port of 127.0.0.1 and prints how many admissions a second Telltale's limiter and
rate-limiter-flexible give over it, how many round trips each takes, and the worst window of two that share a limit.
Without a redis-server on the machine nothing is measured. npm gets the packages that bench/package.json names, once,
into bench/.installed/. See bench/README.md.

  --only NAME   measure this one; may stand several times (${names.join('; ')})
  --rounds N    how often speed is measured; the median counts (default: ${usual.rounds})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual, names);
  if (!options) console.log(help);
  else if (hasRedis) await run(options);
  else console.log('Skipped: there is no redis-server on this machine, so nothing was measured.');
});

async function run({ rounds, only }: BenchOptions<'rounds'>): Promise<void> {
  const chosen = redisSubjects.filter(({ name }) => only.length === 0 || only.includes(name));
  if (chosen.some(({ packageName }) => packageName !== undefined)) {
    const failure = installPackages((line) => console.error(line));
    if (failure) console.error(`npm could not install all of them:\n${failure.replace(/^/gm, '  | ')}`);
  }
  const measured = chosen.map((subject): Measured => ({ subject, speeds: [], windows: [], failures: [] }));
  const server = await startRedis();
  try {
    for (let round = 0; round < rounds; round++) {
      console.error(`round ${round + 1} of ${rounds} …`);
      for (let place = 0; place < measured.length; place++) {
        const one = measured[(round + place) % measured.length];
        if (one) await measureOne(one, 'speed', server.port, one.speeds);
      }
    }
    console.error('the worst window …');
    // At the same time: they do nothing for most of it.
    await Promise.all(measured.map((one) => measureOne(one, 'accuracy', server.port, one.windows)));
    report(measured, rounds, await version(server.client()));
  } finally {
    await server.stop();
  }
}

/** A limiter, and what has come of measuring it so far. */
interface Measured {
  readonly subject: RedisSubject;
  readonly speeds: RedisFigures['speed'][];
  readonly windows: Worst[];
  readonly failures: string[];
}

async function measureOne<Of extends RedisMeasure>(
  { subject, failures }: Measured,
  measure: Of,
  port: number,
  into: RedisFigures[Of][],
): Promise<void> {
  const order: RedisOrder = { subject: subject.name, measure, port };
  const file = path.join(import.meta.dirname, 'redis', 'child.ts');
  try {
    into.push(await runInProcess<RedisFigures[Of]>(file, order, { limitMs: 60_000 }));
  } catch (error) {
    failures.push(`${subject.name}: no ${measure}: ${(error as Error).message}.`);
  }
}

async function version(client: { info(section: string): Promise<string> }): Promise<string> {
  return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '?';
}

function report(measured: readonly Measured[], rounds: number, redisVersion: string): void {
  const rows = measured.map(({ subject, speeds, windows }) => ({
    name: subject.name,
    version:
      (subject.packageName === undefined ? ownVersion() : installedVersion(subject.packageName)) ?? '?',
    isOwn: subject.packageName === undefined,
    limits: subject.limits,
    speeds,
    windows,
  }));
  console.log(
    `Median of ${rounds} rounds. Node ${process.version}, Redis ${redisVersion}, ${process.platform} ${process.arch}, ${cpus().length} cores.\n`,
  );
  for (const line of redisTable(rows)) console.log(line);
  console.log(`
Each \`ratio\` is to the faster row of rate-limiter-flexible, one call after the other. \`trips each\`: commands sent for one admission.
\`worst window\`: the most calls of two limiters with one key that started in any ${windowMs} ms (of ${windowMs - slackMs} ms), where the limit is ${quota}.`);
  const failures = measured.flatMap((one) => one.failures);
  for (const line of failures) console.log(line);
  if (failures.length > 0) process.exitCode = 1;
}
