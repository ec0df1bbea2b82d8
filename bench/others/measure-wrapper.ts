import type { Book, Counts } from '../floor/book.ts';
import { inTurn, type Rounds } from '../measure.ts';
import type { Amounts } from '../options.ts';
import { clientOptions, oneCall, oneStream } from '../subjects.ts';
import { installed, own } from './install.ts';
import { type Observed, probe } from './probe.ts';
import { ScriptedProvider } from './scripted-provider.ts';
import type { OpenAIModule } from './wrapper.ts';
import { wrappers } from './wrappers.ts';

export interface Order extends Pick<Amounts, 'rounds' | 'calls' | 'streams'> {
  readonly wrapper: string;
}

export interface Measured {
  readonly counts: Counts;
  readonly observed: Observed;
  readonly calls: Rounds<'bare' | 'floor' | 'inPlace' | 'wrapped'>;
  readonly streams: Rounds<'bare' | 'wrapped'>;
}

export async function measureWrapper({ wrapper: name, rounds, calls, streams }: Order): Promise<Measured> {
  const wrapper = wrappers.find((candidate) => candidate.name === name);
  if (!wrapper) throw new Error(`No wrapper is called ${name}.`);
  // Before the wrapper is there: what it puts in the way of loading must not meet this copy.
  const { OpenAI: Bare } = own<OpenAIModule>(wrapper.openai);
  const bareProvider = new ScriptedProvider();
  const bare = new Bare(clientOptions(bareProvider.fetch));

  const provider = new ScriptedProvider();
  const { openai, sink } = await wrapper.setUp({
    loadOpenAI: () => installed<OpenAIModule>(wrapper.openai),
    clientOptions: clientOptions(provider.fetch),
  });
  // The bare client goes the same way: what code has met before it is measured changes how fast it gets.
  const silent = await probe(bare, sink, bareProvider);
  if (silent.call.facts.length > 0)
    throw new Error('It also observes the client that it was to leave alone.');
  const { call, observed } = await probe(openai, sink, provider);
  mustAgree(call, await sink.record(async () => call.replay()));

  const { drain } = sink;
  const warmUps = Math.ceil(rounds * 0.75);
  return {
    counts: call.counts,
    observed,
    calls: await inTurn(
      {
        bare: { once: () => oneCall(bare) },
        floor: { once: call.replay, drain },
        // The same beside a call, where the caches of the processor are full of other things, as they always are.
        inPlace: {
          once: async () => {
            await oneCall(bare);
            await call.replay();
          },
          drain,
        },
        wrapped: { once: () => oneCall(openai), drain },
      },
      { rounds, times: calls, warmUps },
    ),
    streams: await inTurn(
      { bare: { once: () => oneStream(bare) }, wrapped: { once: () => oneStream(openai), drain } },
      { rounds, times: streams, warmUps },
    ),
  };
}

/** A floor that says less than the wrapper would make it look worse than it is. */
function mustAgree(call: Book, floor: Book): void {
  for (const [what, count] of Object.entries(call.counts)) {
    const made = floor.counts[what as keyof Counts];
    if (made !== count) throw new Error(`Its floor makes ${made} ${what} and not ${count}.`);
  }
}
