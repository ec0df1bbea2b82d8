/** `npm run bench:limiters`: what Telltale's limiter costs and how exact it is, beside the other limiters of npm. */

import { cpus } from 'node:os';
import { type Figures, type Measure, quota, slackMs, windowMs } from './limiters/measure-limiter.ts';
import { runChild } from './limiters/run-child.ts';
import type { Subject } from './limiters/subject.ts';
import { subjectNames, subjects } from './limiters/subjects.ts';
import { failures, type Row, table } from './limiters/table.ts';
import { type BenchOptions, readOptions, runAsCommand } from './options.ts';
import { installedVersion, installPackages, ownVersion } from './others/install.ts';

const usual = { rounds: 5 };

const help = `npm run bench:limiters -- [options]

Prints what Telltale's limiter and the other limiters of npm cost, and how well they keep a limit, each measured in
processes of its own, in turn. Nothing leaves the machine, except that npm gets the packages that bench/package.json
names, once, into bench/.installed/. See bench/README.md.

  --only NAME   measure this one; may stand several times (${subjectNames.join(', ')})
  --rounds N    how often each is measured; the median counts (default: ${usual.rounds})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual, subjectNames);
  if (options) await run(options);
  else console.log(help);
});

async function run({ rounds, only }: BenchOptions<'rounds'>): Promise<void> {
  const chosen = subjects.filter(({ name }) => only.length === 0 || only.includes(name));
  if (chosen.some(({ packageName }) => packageName !== undefined)) {
    const failure = installPackages((line) => console.error(line));
    if (failure) console.error(`npm could not install all of them:\n${failure.replace(/^/gm, '  | ')}`);
  }
  const measured = chosen.map(
    (subject): Measured => ({ subject, version: versionOf(subject), figures: {}, reasons: {} }),
  );
  for (let round = 0; round < rounds; round++) {
    console.error(`round ${round + 1} of ${rounds} …`);
    // Each round begins with another one, so that none always comes after the same one.
    for (let place = 0; place < measured.length; place++) {
      const one = measured[(round + place) % measured.length];
      if (one) await measureOnce(one);
    }
  }
  report(measured.map(rowOf), rounds);
  if (measured.some(({ subject, reasons }) => !subject.packageName && Object.keys(reasons).length > 0))
    process.exitCode = 1;
}

/** A limiter, and what has come of measuring it so far. */
interface Measured {
  readonly subject: Subject;
  readonly version: string | undefined;
  readonly figures: { [Of in Measure]?: Figures[Of][] };
  readonly reasons: { [Of in Measure]?: string };
}

function versionOf({ packageName }: Subject): string | undefined {
  return packageName === undefined ? ownVersion() : installedVersion(packageName);
}

async function measureOnce(measured: Measured): Promise<void> {
  await measureOne(measured, 'speed');
  await measureOne(measured, 'memory');
  await measureOne(measured, 'accuracy');
}

async function measureOne<Of extends Measure>(measured: Measured, measure: Of): Promise<void> {
  const { subject, version, figures, reasons } = measured;
  if (version === undefined) reasons[measure] = 'npm did not install it here';
  // Whoever did not come to an end once would take the whole limit each time.
  if (reasons[measure] !== undefined) return;
  try {
    const figure = await runChild(subject.name, measure);
    const list: Figures[Of][] = figures[measure] ?? [];
    list.push(figure);
    Object.assign(figures, { [measure]: list });
  } catch (error) {
    reasons[measure] = (error as Error).message;
  }
}

function rowOf({ subject, version, figures, reasons }: Measured): Row {
  return {
    subject,
    version: version ?? '?',
    results: {
      speed: outcome(figures.speed, reasons.speed),
      memory: outcome(figures.memory, reasons.memory),
      accuracy: outcome(figures.accuracy, reasons.accuracy),
    },
  };
}

function outcome<Figure>(figures: readonly Figure[] = [], notMeasured: string | undefined) {
  return notMeasured === undefined ? figures : { notMeasured };
}

function report(rows: readonly Row[], rounds: number): void {
  console.log(
    `Median of ${rounds} rounds. Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores.\n`,
  );
  for (const line of table(rows)) console.log(line);
  console.log(`
\`saturated\` and \`bursts\`: the most calls that started in any window of ${windowMs} ms (of ${windowMs - slackMs} ms), where the limit is
${quota}; of all rounds. Abilities in brackets: in part, or by hand.`);
  for (const line of failures(rows)) console.log(line);
}
