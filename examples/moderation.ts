/**
 * Questions and answers that pass moderation, and what becomes of those that do not: refused with the categories, or let
 * through and told of, as the policy says. Runs without a key on the mock provider, whose moderation finds what says so
 * (`flag:violence`); with a key, leave out `baseURL`.
 */
import OpenAI from 'openai';
import { observe, TelltaleError } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
import { guarded } from '../src/patterns/index.ts'; // in your code: 'telltale/patterns'

const mock = await startMock({
  seed: 3,
  answers: [
    { match: { text: 'villain' }, answer: 'The villain laughed. [flag:hate]' },
    { answer: 'The wind is fair.' },
  ],
});
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }));

const guard = guarded(openai, {
  mode: 'parallel',
  policy: { violence: 'report', 'sexual/minors': { action: 'refuse', above: 0.2 } },
  input: { maxCharacters: 100 },
});

const questions = [
  'Which way does the wind blow?',
  'How does a storm break a mast? [flag:violence]',
  'How do I get into the harbour office? [flag:illicit]',
  'What does the villain say?',
  'Very long: '.repeat(20),
];
let refused = 0;
for (const input of questions) {
  const asked = input.length > 60 ? `${input.slice(0, 57)}…` : input;
  try {
    const { text, findings, moderation } = await guard.respond({ model: 'gpt-5-mini', input });
    const reported = findings.map(({ stage, category }) => `${stage}: ${category}`).join(', ');
    console.log(
      `answered  ${asked}\n          ${text}  (${moderation.addedMs.toFixed(0)} ms for moderation)`,
    );
    if (reported) console.log(`          reported, and let through: ${reported}`);
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    refused += 1;
    console.log(`refused   ${asked}\n          ${error.code}: ${error.message}`);
  }
}

await mock.close();
if (refused !== 3) process.exitCode = 1;
