import type { Answer, Body } from '../answer.ts';
import { missing, unknownModel, wrongType } from '../error-bodies.ts';
import { modelProblem, optional, recordOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { uniform } from '../seeded.ts';
import { charactersOf, tokensOfText } from '../usage.ts';
import { json, unknownObject } from './answers.ts';
import { fileOf } from './form-fields.ts';

/** Endpoints that stand alone. */
export const miscRoutes: readonly Route[] = [
  { endpoint: 'models', method: 'DELETE', path: '/models/:model', answer: deleteModel },
  { endpoint: 'moderations', method: 'POST', path: '/decisions', answer: decide },
  {
    endpoint: 'moderations',
    method: 'POST',
    path: '/content_provenance_checks',
    takes: 'form',
    answer: provenance,
  },
  ...['case', 'alert'].map(
    (kind): Route => ({
      endpoint: 'moderations',
      method: 'GET',
      path: `/safety/${kind}s/:id`,
      // The mock never warns anybody.
      answer: ({ params: { id = '' } }) => unknownObject(`safety ${kind}`, id),
    }),
  ),
];

/** Fine-tuned models can be deleted, and no others. */
function deleteModel({ params: { model = '' } }: ApiRequest): Answer {
  return model.startsWith('ft:') ? json({ id: model, object: 'model', deleted: true }) : unknownModel(model);
}

function provenance({ form, world }: ApiRequest): Answer {
  if (!fileOf(form, 'file')) return missing('file');
  const createdAt = Math.floor(world.clock.epochMs() / 1_000);
  return json({ object: 'content_provenance_check', created_at: createdAt, results: [] });
}

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
