/** `npm run bench:memory`: what open calls keep in memory, and what is left of them when they have ended. */
import path from 'node:path';
import { type Figures, type Order, states, subjects } from './memory/measure-memory.ts';
import { readOptions, runAsCommand } from './options.ts';
import { runInProcess } from './run-in-process.ts';

const usual = { calls: 10_000 };
const waitersPerCall = 10;
const aimBytes = 2_048;
const limitMs = 300_000;

const help = `npm run bench:memory -- [options]

Prints the heap that each open call keeps, beside the bare client, and what is left of it when all have ended. A tenth of
the calls, and all of them, so that one sees whether it grows with their number; and ${waitersPerCall} times as many that wait for a limit.

  --calls N     calls that are open at once (default: ${usual.calls})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual);
  if (!options) {
    console.log(help);
    return;
  }
  console.log(
    `Heap after a collection, Node ${process.version}. Aim: at most ${aimBytes} bytes more for each call, nothing left.\n`,
  );
  console.log(
    `${'each call is'.padEnd(20)}${'of a client that is'.padEnd(28)}${row('calls', 'bytes', 'more', 'left')}`,
  );
  for (const state of states) {
    const all = state === 'waiting for a limit' ? options.calls * waitersPerCall : options.calls;
    for (const calls of [Math.ceil(all / 10), all]) await print(state, calls);
  }
});

async function print(state: Order['state'], calls: number): Promise<void> {
  let bare: Figures | undefined;
  for (const subject of subjects) {
    // The bare client waits for nothing.
    if (state === 'waiting for a limit' && subject.startsWith('bare')) continue;
    const figures = await measured({ subject, state, calls });
    if (subject === 'bare') bare = figures;
    const more = subject === 'bare' || !bare ? '' : count(figures.bytesPerCall - bare.bytesPerCall);
    const cells = row(count(calls), count(figures.bytesPerCall), more, count(figures.bytesLeftPerCall));
    console.log(`${state.padEnd(20)}${subject.padEnd(28)}${cells}`);
  }
}

function measured(order: Order): Promise<Figures> {
  const file = path.join(import.meta.dirname, 'memory', 'child.ts');
  return runInProcess(file, order, { limitMs, execArgv: ['--expose-gc', '--max-old-space-size=8192'] });
}

function row(...cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(10)).join('');
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
