/**
 * A chatbot with several sessions side by side, which keep what was said, summarise what falls out of what the model is
 * shown, and go on after a restart. `npx telltale chat` is the same for people. Runs without a key on the mock provider; with
 * one, leave out `baseURL`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { observe } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
import { conversation, conversations, fileRecords } from '../src/patterns/index.ts'; // in your code: 'telltale/patterns'

const mock = await startMock({ seed: 7, latency: { firstTokenMs: 5, betweenTokensMs: 1 } });
const client = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), {
  retry: { maxAttempts: 5, initialDelayMs: 2_000, maxDelayMs: 60_000 },
});
const folder = await mkdtemp(path.join(tmpdir(), 'chatbot-'));
const store = fileRecords(folder);
const open = (id: string) =>
  conversation({
    client,
    store,
    id,
    model: 'gpt-4.1-mini',
    keep: { turns: 4 },
    instructions: 'Answer in one sentence.',
  });

// Two people at once, each in a session of their own.
await Promise.all(
  ['ann', 'ben'].map(async (id) => {
    const chat = await open(id);
    for (let turn = 1; turn <= 6; turn++) {
      const reply = await chat.send(`Question ${turn} of ${id}: which way does the wind blow?`);
      for (const { message } of reply.notices) console.log(`${id}  ${message}`);
    }
  }),
);

// After a restart, a session goes on where it was left; answers can be shown as they come.
const again = await open('ann');
const stream = again.stream('And what did I ask first?');
process.stdout.write('ann  › ');
for await (const piece of stream) process.stdout.write(piece);
const { turn, costUsd } = await stream.reply();
console.log(`\nann  turn ${turn}, $${costUsd?.toFixed(6)}`);
console.log(`ann  the model is told of the first ${again.summary()?.turns} turns by a summary`);

const all = conversations({ store, client });
for (const { id, turns, costUsd: usd, title } of await all.list())
  console.log(`${id}  ${turns} turns, $${usd?.toFixed(6)}, begins with “${title}”`);

const [ann, ben] = [await open('ann'), await open('ben')];
const isWhole = ann.messages().length === 14 && ben.messages().length === 12;
const { provider } = await all.forget('ben');
console.log(`ben  forgotten, at the provider: ${provider}`);
if (!isWhole || provider !== 'deleted' || ann.totals().summaries === 0) process.exitCode = 1;

await mock.close();
await rm(folder, { recursive: true });
