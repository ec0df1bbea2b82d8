/** `npm run bench:others`: what Telltale costs beside what the other wrappers of the client cost. */

import { cpus } from 'node:os';
import { type BenchOptions, readOptions, runAsCommand } from './options.ts';
import { installedVersion, installPackages, ownVersion } from './others/install.ts';
import { runChild } from './others/run-child.ts';
import { type Row, table } from './others/table.ts';
import type { Wrapper } from './others/wrapper.ts';
import { wrappers } from './others/wrappers.ts';
import { chunksPerStream } from './subjects.ts';

const usual = { rounds: 40, calls: 400, streams: 12 };
const names = wrappers.map(({ name }) => name);

const help = `npm run bench:others -- [options]

Prints what Telltale and the other wrappers of the openai client cost, each in a process of its own, in turn with the
bare client and with its floor: what it says, made straight through the SDK that it uses. Nothing leaves the machine,
except that npm gets the packages that bench/package.json names, once, into bench/.installed/. See bench/README.md.

  --only NAME   measure this one; may stand several times (${names.join(', ')})
  --rounds N    how often each is measured, in turn; the median counts (default: ${usual.rounds})
  --calls N     JSON calls a round (default: ${usual.calls})
  --streams N   streams of ${chunksPerStream} chunks a round (default: ${usual.streams})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual, names);
  if (options) await run(options);
  else console.log(help);
});

async function run(options: BenchOptions): Promise<void> {
  const failure = installPackages((line) => console.error(line));
  if (failure) console.error(`npm could not install all of them:\n${failure.replace(/^/gm, '  | ')}`);
  if (!installedVersion('openai')) {
    console.error('Without the openai package in bench/.installed/ there is nothing to measure.');
    process.exitCode = 1;
    return;
  }
  const rows: Row[] = [];
  for (const wrapper of wrappers) {
    if (options.only.length > 0 && !options.only.includes(wrapper.name)) continue;
    console.error(`measuring ${wrapper.name} …`);
    rows.push(await measured(wrapper, options));
  }
  report(rows, options);
  // Others may not run here, and are named; without these two there is nothing to compare.
  const needed = rows.filter(({ name }) => name === 'nothing' || name === 'telltale');
  if (needed.some(({ result }) => 'notMeasured' in result)) process.exitCode = 1;
}

async function measured(wrapper: Wrapper, { rounds, calls, streams }: BenchOptions): Promise<Row> {
  const { name, packageName, openai, openTelemetry } = wrapper;
  const version = packageName ? installedVersion(packageName) : name === 'telltale' ? ownVersion() : '-';
  const openaiVersion = installedVersion(openai);
  const row = {
    name,
    version: version ?? '?',
    openaiVersion: openaiVersion ?? '?',
    openTelemetry,
  };
  if (packageName && !version) return { ...row, result: { notMeasured: 'npm did not install it here' } };
  if (!openaiVersion) return { ...row, result: { notMeasured: `npm did not install ${openai} here` } };
  try {
    return { ...row, result: await runChild({ wrapper: name, rounds, calls, streams }) };
  } catch (error) {
    return { ...row, result: { notMeasured: (error as Error).message } };
  }
}

function report(rows: readonly Row[], { rounds, calls, streams }: BenchOptions): void {
  console.log(
    `CPU time, median of ${rounds} rounds of ${calls} JSON calls and ${streams} streams of ${chunksPerStream} chunks, ` +
      `± half of its 95 % interval.\nNode ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores.\n`,
  );
  for (const line of table(rows)) console.log(line);
  console.log();
  for (const note of notes(rows)) console.log(note);
}

function notes(rows: readonly Row[]): readonly string[] {
  const notes: string[] = [];
  if (rows.some(({ openTelemetry }) => !openTelemetry)) {
    notes.push('* Its floor is made with its own SDK, not with OpenTelemetry’s.');
  }
  if (rows.some(({ name }) => name === 'nothing')) {
    notes.push('The row `nothing` has no wrapper: how far it is from 0 is how far to trust the others.');
  }
  for (const { name, result } of rows) {
    if ('tried' in result && result.tried.length > 0) {
      notes.push(`${name} wanted to connect to ${result.tried.join(', ')}, and was not let.`);
    }
  }
  return notes;
}
