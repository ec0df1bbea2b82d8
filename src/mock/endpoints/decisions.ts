import type { Answer, Body } from '../answer.ts';
import { missing, wrongType } from '../error-bodies.ts';
import { modelProblem, optional, recordOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { uniform } from '../seeded.ts';
import { charactersOf, tokensOfText } from '../usage.ts';
import { json } from './answers.ts';

export const decisionRoutes: readonly Route[] = [
  { endpoint: 'moderations', method: 'POST', path: '/decisions', answer: decide },
];

/** `POST /decisions`. The answers are drawn by the seed and the call id, whatever is asked. */
function decide({ body, ask }: ApiRequest): Answer {
  const problem = modelProblem(body);
  if (problem) return problem;
  for (const name of ['input', 'questions']) if (optional(body, name) === undefined) return missing(name);
  const { questions } = body;
  if (!Array.isArray(questions)) return wrongType('questions', 'an array of objects', questions);
  const inputTokens = tokensOfText(charactersOf(body['input']) + charactersOf(questions));
  const answers = questions.map((question, index) =>
    answerTo(recordOf(question) ?? {}, uniform(ask.seed, `decision ${ask.callId} ${index}`)),
  );
  const usage = { inputTokens, cachedTokens: 0, outputTokens: questions.length, reasoningTokens: 0 };
  return {
    ...json({
      model: body['model'],
      answers,
      usage: {
        input_tokens: inputTokens,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: questions.length,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: inputTokens + questions.length,
      },
    }),
    usage,
  };
}

function answerTo(question: Body, chance: number): Body {
  const name = question['name'] ?? null;
  const { type } = question;
  if (type === 'choice') {
    const choices = Array.isArray(question['choices']) ? question['choices'] : [];
    const values = choices.map((choice) => recordOf(choice)?.['value'] ?? choice);
    const probabilities = values.map((value) => ({ value, probability: 1 / values.length }));
    const choice = values[Math.floor(chance * values.length)] ?? '';
    return { type, name, choice, confidence: chance, probabilities };
  }
  if (type === 'score') return { type, name, score: chance, confidence: chance, probabilities: [] };
  return { type: 'predicate', name, probability: chance };
}
