/** `npm run bench:curve`: what a call costs at more and more load, until the process is saturated. */
import { cpus } from 'node:os';
import path from 'node:path';
import type { Figures, Order } from './curve/service.ts';
import { startMockProcess } from './mock/process.ts';
import { readOptions, runAsCommand } from './options.ts';
import { runInProcess } from './run-in-process.ts';

const usual = { seconds: 8 };
const ratesPerSecond = [50, 100, 200, 400, 600, 800, 1_000, 1_200, 1_600, 2_000];
/** Later than this at the median, a process does not keep up. */
const mostLateMs = 250;
const tokens = 20;

const help = `npm run bench:curve -- [options]

Makes JSON calls over real HTTP to the mock, in a process of its own, at more and more calls a second until neither client
keeps up: the bare client, and the observed one with an SDK, a limit, a breaker and an audit. Prints the processor time for each call.

  --seconds N   for so long at each rate (default: ${usual.seconds})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual);
  if (!options) {
    console.log(help);
    return;
  }
  const durationMs = options.seconds * 1_000;
  const mock = await startMockProcess(tokens);
  console.log(
    `Processor time for each call, Node ${process.version}, ${cpus().length} cores, the mock in a process of its own\n`,
  );
  const head = [
    'calls/s',
    'bare',
    'observed',
    'more',
    'ratio',
    'bare late',
    'observed late',
    'bare busy',
    'observed busy',
  ];
  console.log(line(head));
  try {
    for (const perSecond of ratesPerSecond) {
      const order = { url: mock.url.href, perSecond, durationMs };
      const bare = await serve({ ...order, isObserved: false });
      const observed = await serve({ ...order, isObserved: true });
      print(perSecond, bare, observed);
      if (!keepsUp(bare) && !keepsUp(observed)) return;
    }
  } finally {
    await mock.stop();
  }
});

function serve(order: Order): Promise<Figures> {
  const file = path.join(import.meta.dirname, 'curve', 'service.ts');
  return runInProcess(file, order, { limitMs: order.durationMs * 4 + 60_000 });
}

function keepsUp({ offered, answered, lateMs }: Figures): boolean {
  return answered === offered && lateMs.p50 <= mostLateMs;
}

function print(perSecond: number, bare: Figures, observed: Figures): void {
  const us = (value: number): string => `${value.toFixed(0)} µs`;
  const late = (figures: Figures): string =>
    keepsUp(figures) ? `${figures.lateMs.p50.toFixed(1)} ms` : 'NOT held';
  const busy = (figures: Figures): string => `${(figures.busy * 100).toFixed(0)} %`;
  const { cpuUsPerCall: least } = bare;
  const { cpuUsPerCall: most } = observed;
  console.log(
    line([
      ...[String(perSecond), us(least), us(most), us(most - least), (most / least).toFixed(2)],
      ...[late(bare), late(observed), busy(bare), busy(observed)],
    ]),
  );
}

function line(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(14)).join('');
}
