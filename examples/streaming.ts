/**
 * A streamed chat: the time to its first chunk, and a stream that was cut, which the bare client does not tell from a
 * whole one. Runs without a key on the mock provider.
 */
import OpenAI from 'openai';
import { observe, telltale } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'

const mock = await startMock({
  seed: 3,
  schedule: [{ forMs: 60_000, faults: [{ kind: 'cut', rate: 0.5, afterChunks: 5 }] }],
});
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), { streamUsage: 'ask' });

telltale(openai).on('call', ({ outcome, firstChunkMs, chunks, usage }) => {
  console.log(
    `${String(outcome).padEnd(9)} first chunk after ${firstChunkMs?.toFixed(0)} ms, ${chunks} chunks, ` +
      `${usage.outputTokens} output tokens (${usage.source})`,
  );
});

for (let call = 0; call < 6; call++) {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4.1-mini',
    messages: [{ role: 'user', content: `Tell me story number ${call}.` }],
    stream: true,
  });
  for await (const chunk of stream) void chunk.choices[0]?.delta.content;
}

console.log(telltale(openai).stats().outcomes);
await mock.close();
