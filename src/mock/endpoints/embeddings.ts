import type { Answer, Ask, Body, Refusal } from '../answer.ts';
import { missing, refuse, wrongType } from '../error-bodies.ts';
import { capOf, capProblem, modelProblem, optional, presenceProblem } from '../fields.ts';
import { sequence } from '../seeded.ts';
import { type Count, counterFor } from '../usage.ts';

/** `POST /embeddings`. The vector of a text depends on the seed, the model and the text alone. */
export function answerEmbeddings(body: Body, ask: Ask): Answer {
  const problem = problemOf(body);
  if (problem) return problem;
  const model = body['model'] as string;
  const inputs = inputsOf(body['input']);
  if (!inputs)
    return wrongType('input', 'a string, an array of strings or an array of tokens', body['input']);
  if (inputs.length === 0 || inputs.includes('')) return missing('input');
  if (inputs.length > MOST_INPUTS) {
    return refuse(
      400,
      `'$.input' is too long. Maximum length is ${MOST_INPUTS}.`,
      'input',
      'array_above_max_length',
    );
  }
  const dimensions = capOf(body, 'dimensions') ?? dimensionsOf(model);
  const encode = body['encoding_format'] === 'base64' ? toBase64 : toNumbers;
  const count = counterFor(ask.countTokens, model);
  const inputTokens = inputs.reduce((sum, input) => sum + tokensOf(input, count), 0);
  const data = inputs.map((input, index) => ({
    object: 'embedding',
    index,
    embedding: encode(vectorOf(ask.seed, `${model} ${dimensions} ${String(input)}`, dimensions)),
  }));
  return {
    kind: 'whole',
    body: JSON.stringify({
      object: 'list',
      data,
      model,
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    }),
    tokens: 0,
    usage: { inputTokens, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    finishReason: null,
  };
}

const MOST_INPUTS = 2_048;
const MOST_DIMENSIONS = 3_072;

function problemOf(body: Body): Refusal | undefined {
  return (
    modelProblem(body) ??
    presenceProblem(body, 'input') ??
    capProblem(body, 'dimensions') ??
    dimensionsProblem(body) ??
    formatProblem(body)
  );
}

function dimensionsProblem(body: Body): Refusal | undefined {
  const dimensions = capOf(body, 'dimensions');
  if (dimensions === undefined || dimensions <= MOST_DIMENSIONS) return undefined;
  const message = `Invalid 'dimensions': integer above maximum value. Expected a value <= ${MOST_DIMENSIONS}, but got ${dimensions} instead.`;
  return refuse(400, message, 'dimensions', 'integer_above_max_value');
}

function formatProblem(body: Body): Refusal | undefined {
  const format = optional(body, 'encoding_format');
  if (format === undefined || format === 'float' || format === 'base64') return undefined;
  return wrongType('encoding_format', "one of 'float' or 'base64'", format);
}

/** A text, or the tokens of one. */
type Input = string | readonly number[];

function inputsOf(input: unknown): readonly Input[] | undefined {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return undefined;
  if (input.length > 0 && isTokens(input)) return [input];
  return input.every((item) => typeof item === 'string' || isTokens(item)) ? input : undefined;
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((token) => Number.isInteger(token));
}

function tokensOf(input: Input, count: Count): number {
  return typeof input === 'string' ? count(input) : input.length;
}

function dimensionsOf(model: string): number {
  return model === 'text-embedding-3-large' ? 3_072 : 1_536;
}

/** Of length 1, as OpenAI's are. */
function vectorOf(seed: number, text: string, dimensions: number): Float32Array {
  const draw = sequence(seed, `embedding ${text}`);
  const vector = new Float32Array(dimensions);
  let squares = 0;
  for (let axis = 0; axis < dimensions; axis++) {
    const value = 2 * draw() - 1;
    vector[axis] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}

function toNumbers(vector: Float32Array): number[] {
  return Array.from(vector);
}

/** Little-endian, as the API says; so are the machines that Node runs on. */
function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer).toString('base64');
}
