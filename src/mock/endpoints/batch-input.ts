import type { Body } from '../answer.ts';
import { optional, parseBody, recordOf } from '../fields.ts';
import { charactersOf, tokensOfText } from '../usage.ts';

/** One request of a batch. */
export interface BatchLine {
  readonly customId: string;
  readonly body: Body;
}

/** As the API tells it. */
export interface BatchError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  /** From 1. */
  readonly line: number | null;
}

export interface BatchInput {
  readonly lines: readonly BatchLine[];
  readonly model: string | null;
  /** Of the prompts. */
  readonly tokens: number;
  /** Empty where the batch can run. */
  readonly errors: readonly BatchError[];
}

const MOST_LINES = 50_000;

/** Beyond it no more is said: whoever sees so many knows enough. */
const MOST_ERRORS = 100;

/** Reads the input of a batch for an endpoint, and says what is wrong with it as OpenAI does. */
export function readBatch(input: string | undefined, endpoint: string): BatchInput {
  if (input === undefined)
    return refused({ ...noPlace, code: 'invalid_file', message: 'The input file is gone.' });
  const texts = input.split('\n').map((text) => text.trim());
  while (texts.at(-1) === '') texts.pop();
  if (texts.length === 0)
    return refused({ ...noPlace, code: 'empty_file', message: 'The input file is empty.' });
  if (texts.length > MOST_LINES) {
    const message = `The batch has ${texts.length} requests, and at most ${MOST_LINES} are allowed.`;
    return refused({ ...noPlace, code: 'too_many_tasks', message });
  }
  const lines: BatchLine[] = [];
  const errors: BatchError[] = [];
  const customIds = new Set<string>();
  let model: string | null = null;
  let tokens = 0;
  for (const [index, text] of texts.entries()) {
    const read = readLine(text, endpoint);
    const problem = 'code' in read ? read : (duplicateProblem(read, customIds) ?? modelProblem(read, model));
    if (problem) errors.push({ ...problem, line: index + 1 });
    if (errors.length === MOST_ERRORS) break;
    if ('code' in read) continue;
    customIds.add(read.customId);
    model ??= modelIn(read);
    tokens += tokensOf(read.body);
    lines.push(read);
  }
  return { lines, model, tokens, errors };
}

const noPlace = { param: null, line: null };

type Problem = Omit<BatchError, 'line'>;

function refused(error: BatchError): BatchInput {
  return { lines: [], model: null, tokens: 0, errors: [error] };
}

function readLine(text: string, endpoint: string): BatchLine | Problem {
  const line = parseBody(text);
  if (!line)
    return { code: 'invalid_json_line', message: 'This line is not parseable as valid JSON.', param: null };
  const absent = ['custom_id', 'method', 'url', 'body'].find((name) => optional(line, name) === undefined);
  if (absent) {
    const message = `Missing required parameter: '${absent}'.`;
    return { code: 'missing_required_parameter', message, param: absent };
  }
  const { custom_id: customId, method, url } = line;
  if (typeof customId !== 'string' || customId === '')
    return wrong('custom_id', 'a string that is not empty');
  if (method !== 'POST') return { ...wrong('method', "'POST'"), code: 'invalid_method' };
  if (url !== endpoint) {
    const message = 'The URL provided for this request does not match the batch endpoint.';
    return { code: 'invalid_url', message, param: 'url' };
  }
  const body = recordOf(line['body']);
  return body ? { customId, body } : wrong('body', 'an object');
}

function wrong(param: string, expected: string): Problem {
  return { code: 'invalid_request', message: `Invalid '${param}': expected ${expected}.`, param };
}

function duplicateProblem({ customId }: BatchLine, seen: ReadonlySet<string>): Problem | undefined {
  if (!seen.has(customId)) return undefined;
  const message = `The custom_id '${customId}' for this request is a duplicate of another request. The custom_id must be unique per batch.`;
  return { code: 'duplicate_custom_id', message, param: 'custom_id' };
}

function modelProblem(line: BatchLine, model: string | null): Problem | undefined {
  const own = modelIn(line);
  if (model === null || own === null || own === model) return undefined;
  const message =
    `The model '${own}' of this request is another than that of the rest of the batch, '${model}'. ` +
    'Each batch must contain requests for a single model.';
  return { code: 'mismatched_model', message, param: 'body.model' };
}

function modelIn({ body }: BatchLine): string | null {
  const { model } = body;
  return typeof model === 'string' ? model : null;
}

function tokensOf(body: Body): number {
  const parts = ['messages', 'input', 'prompt', 'instructions', 'tools'];
  return tokensOfText(parts.reduce((sum, name) => sum + charactersOf(body[name]), 0));
}
