/** `npm run bench`: what observing costs, as CPU time per call, against the bare client in the same run. */

import { observe } from '../src/index.ts';
import { openTelemetrySink } from './floor/open-telemetry.ts';
import { inTurn, median, pairwise } from './measure.ts';
import { type BenchOptions, readOptions, runAsCommand } from './options.ts';
import { chunksPerStream, client, oneCall, oneStream } from './subjects.ts';

const usual = { rounds: 15, calls: 2000, streams: 60 };

const help = `npm run bench -- [options]

Prints what observing costs, as CPU time per call, beside the bare client in the same run.

  --rounds N    how often each is measured, in turn; the median counts (default: ${usual.rounds})
  --calls N     JSON calls a round (default: ${usual.calls})
  --streams N   streams of ${chunksPerStream} chunks a round (default: ${usual.streams})
  --help        this

The same beside other wrappers of the client: npm run bench:others
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual);
  if (options) await run(options);
  else console.log(help);
});

async function run({ rounds, calls, streams }: BenchOptions): Promise<void> {
  const bare = client();
  const observed = observe(client());
  const bareCall = { once: () => oneCall(bare) };
  const observedCall = { once: () => oneCall(observed) };

  const warmUps = Math.ceil(rounds / 3);
  const silent = await inTurn({ bare: bareCall, observed: observedCall }, { rounds, times: calls, warmUps });
  const sdk = openTelemetrySink();
  // The first call makes its instruments.
  await oneCall(observed);
  const { drain } = sdk;
  const { replay } = await sdk.record(() => oneCall(observed));
  const full = await inTurn(
    {
      bare: bareCall,
      floor: { once: replay, drain },
      // The same beside a call, where the caches of the processor are full of other things, as they always are.
      inPlace: {
        once: async () => {
          await oneCall(bare);
          replay();
        },
        drain,
      },
      observed: { ...observedCall, drain },
    },
    { rounds, times: calls, warmUps },
  );
  const stream = await sdk.record(() => oneStream(observed));
  const streamed = await inTurn(
    {
      bare: { once: () => oneStream(bare) },
      inPlace: {
        once: async () => {
          await oneStream(bare);
          stream.replay();
        },
        drain,
      },
      observed: { once: () => oneStream(observed), drain },
    },
    { rounds, times: streams, warmUps },
  );

  const us = (value: number) => `${value.toFixed(1)} µs`.padStart(12);
  const difference = (more: number, less: number) => more - less;
  const added = median(pairwise(full.observed, full.bare, difference));
  const inPlace = median(pairwise(full.inPlace, full.bare, difference));
  const percentMore = (one: number, other: number) => (one / other - 1) * 100;
  const more = median(pairwise(streamed.observed, streamed.bare, percentMore));
  const atLeast = median(pairwise(streamed.inPlace, streamed.bare, percentMore));
  const rows: [string, string, string][] = [
    ['bare client, one JSON call', us(median(silent.bare)), ''],
    [
      '  added, no SDK registered',
      us(median(pairwise(silent.observed, silent.bare, difference))),
      'target: 10 µs or less',
    ],
    ['bare client, one JSON call', us(median(full.bare)), ''],
    ['  floor: the same spans and records', us(median(full.floor)), 'in a loop of nothing else'],
    ['  floor in place: right after a call', us(inPlace), 'what they cost where they are needed'],
    [
      '  added, SDK registered',
      us(added),
      `${(added / median(full.floor)).toFixed(2)} × the floor; target: 1.6 or less; ${(added / inPlace).toFixed(2)} × the floor in place`,
    ],
    [`bare client, stream of ${chunksPerStream} chunks`, us(median(streamed.bare)), ''],
    [
      '  floor in place: its spans and records',
      us(median(streamed.inPlace)),
      `${atLeast.toFixed(1)} % more, nearly all for one record a chunk`,
    ],
    [
      '  observed, SDK registered',
      us(median(streamed.observed)),
      `${more.toFixed(1)} % more; target: 10 % or less`,
    ],
  ];
  console.log(`CPU time per call, median of ${rounds} rounds in turn, Node ${process.version}`);
  for (const [name, value, note] of rows) console.log(`${name.padEnd(40)}${value}  ${note}`);
  await sdk.shutdown();
}
