/** `npm run bench:mock`: how much the mock provider holds, so that it is never what a load test measures. */
import { cpus } from 'node:os';
import { type Offered, offerJson, offerStreams } from './mock/offer.ts';
import { startMockProcess } from './mock/process.ts';
import { readOptions, runAsCommand } from './options.ts';
import type { Rate } from './pace.ts';

const usual = { json: 3_000, streams: 300, seconds: 10 };
const tokens = 20;
/** What a mock that keeps up may add at the median. The 99th percentile is that of the load's own process too, and only shown. */
const aimLateMs = 50;
/** Both processes are new: at first, code that has not been compiled yet is what would be measured. */
const warmUpMs = 3_000;
const warmUpShare = 1 / 3;

const help = `npm run bench:mock -- [options]

Starts the mock provider in a process of its own and offers it JSON calls, then streams of ${tokens} tokens, at a fixed rate and
whether or not it keeps up. Prints how many it answered, and how late: beyond the latency that it was told to have.

  --json N      JSON calls a second (default: ${usual.json})
  --streams N   streams a second (default: ${usual.streams})
  --seconds N   for so long each (default: ${usual.seconds})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual, []);
  if (!options) {
    console.log(help);
    return;
  }
  const { json, streams, seconds } = options;
  const durationMs = seconds * 1_000;
  const calls = await withMock(json, durationMs, offerJson);
  const streamed = await withMock(streams, durationMs, (url, rate) => offerStreams(url, { ...rate, tokens }));
  console.log(
    `Node ${process.version}, ${cpus().length} cores, the mock in one process and its load in another\n`,
  );
  print('JSON calls', json, calls);
  print(`streams of ${tokens} tokens`, streams, streamed);
});

async function withMock(
  perSecond: number,
  durationMs: number,
  offer: (url: URL, rate: Rate) => Promise<Offered>,
): Promise<Offered & { readonly busy: number }> {
  const mock = await startMockProcess(tokens);
  try {
    await offer(mock.url, {
      perSecond: Math.max(1, Math.round(perSecond * warmUpShare)),
      durationMs: Math.min(warmUpMs, durationMs),
    });
    const before = await mock.cpuMs();
    const startedMs = performance.now();
    const offered = await offer(mock.url, { perSecond, durationMs });
    const busy = ((await mock.cpuMs()) - before) / (performance.now() - startedMs);
    return { ...offered, busy };
  } finally {
    await mock.stop();
  }
}

function print(
  what: string,
  perSecond: number,
  { offered, answered, failed, lateMs, busy }: Offered & { busy: number },
): void {
  const isKept = answered === offered && lateMs.p50 <= aimLateMs;
  console.log(`${what}, ${perSecond} a second`);
  console.log(`  answered    ${answered} of ${offered}${failed === 0 ? '' : `, ${failed} failed`}`);
  console.log(
    `  late by     ${lateMs.p50.toFixed(1)} ms at the median (aim: ${aimLateMs} ms), ${lateMs.p99.toFixed(1)} ms at p99`,
  );
  console.log(`  processor   ${(busy * 100).toFixed(0)} % of one core for the mock`);
  console.log(`  ${isKept ? 'held' : 'NOT held'}\n`);
}
