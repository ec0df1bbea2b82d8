/**
 * A conversation that looks something up before each turn: `prepare` adds what it found to what is sent, and the record keeps
 * only what was said. Runs without a key on the mock provider.
 */
import OpenAI from 'openai';
import { observe } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
import { conversation, memoryRecords, type OutgoingMessage } from '../src/patterns/index.ts'; // in your code: 'telltale/patterns'

const notes = [
  'Returns: goods may be sent back within 30 days.',
  'Delivery: parcels take two days, to islands four.',
  'Warranty: two years, five for motors.',
];

const mock = await startMock({
  // Answers with the note that it was given, as a model would.
  answers: ({ messages }) => {
    const [note] = messages as readonly { content: string }[];
    return `It says here: ${note?.content.split('\n').at(-1)}`;
  },
});
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }));

/** In your code: a search in your index. */
function notesFor(question: string): readonly string[] {
  const words = question.toLowerCase().match(/\w{5,}/g) ?? [];
  return notes.filter((note) => words.some((word) => note.toLowerCase().includes(word)));
}

function addNotes(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
  const question = String(messages.at(-1)?.content);
  const found = notesFor(question);
  if (found.length === 0) return messages;
  return [{ role: 'developer', content: `Answer from these notes:\n${found.join('\n')}` }, ...messages];
}

const store = memoryRecords(); // in your code left out: then it is kept in files
const chat = await conversation({
  client: openai,
  store,
  id: 'shop-7',
  model: 'gpt-5-mini',
  prepare: addNotes,
});
for (const question of ['How long is the warranty?', 'And how long does delivery take?']) {
  const { text, costUsd } = await chat.send(question);
  console.log(`> ${question}\n${text}  ($${costUsd?.toFixed(5)})`);
}
console.log(`kept: ${chat.messages().length} messages, ${JSON.stringify(chat.messages()).includes('notes')}`);
await mock.close();
