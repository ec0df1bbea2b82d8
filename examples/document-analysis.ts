/**
 * The same document analysed by two models, side by side: what each costs, how long it takes and where they differ, with the
 * places in the document that every point stands on. `npx telltale analyze FILE --compare gpt-5-mini,gpt-5` is the same for
 * people. Runs without a key on the mock provider, whose points say nothing; with a key, leave out `baseURL`.
 */
import OpenAI from 'openai';
import { observe } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
// in your code: 'telltale/patterns'
import {
  analyseDocument,
  backgroundJobs,
  compareAnalyses,
  type DocumentAnalysis,
  memoryRecords,
  reportAsMarkdown,
} from '../src/patterns/index.ts';

const mock = await startMock({ seed: 7, background: { queuedMs: 10, runsMs: 40 } });
const client = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }));

const sections = Array.from({ length: 12 }, (_, at) => {
  const sentence = `In region ${at + 1} the wind blew from the west on ${at + 2} of seven days. `;
  return `## Region ${at + 1}\n\n${sentence.repeat(20)}\n`;
});
const data = `# The wind of one year\n\n${sections.join('\n')}`;

const store = memoryRecords();
const jobs = backgroundJobs({ client, store, delaysMs: [50] });

async function analyse(model: string): Promise<DocumentAnalysis> {
  return await analyseDocument(
    { name: 'wind.md', data },
    {
      ...{ client, model, store, jobs, partTokens: 2_000 },
      onEstimate: ({ usd, calls }) =>
        console.log(
          `${model}: ${calls.likely} calls, about $${usd?.likely.toFixed(4)}, at most $${usd?.most.toFixed(4)}`,
        ),
    },
  );
}

const compared = compareAnalyses([await analyse('gpt-5-mini'), await analyse('gpt-5')]);
console.log(`\n${reportAsMarkdown(compared).split('\n').slice(0, 24).join('\n')}\n…`);

// What is done is never paid again: the same analysis once more makes no call.
const before = mock.ledger().length;
const again = await analyse('gpt-5');
console.log(
  `\nonce more: ${mock.ledger().length - before} requests, $${again.figures.costUsd?.toFixed(4)} in all`,
);
if (mock.ledger().length !== before || !compared) process.exitCode = 1;
await jobs.close();
await mock.close();
