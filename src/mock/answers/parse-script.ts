import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../../check.ts';
import type { AnswerFixture, AnswerMatch, Answers, ScriptedAnswer } from './script.ts';

/** Longer waits do not fit a timer. */
const DAY_MS = 86_400_000;

/** Checks what is scripted; a problem is named by its path. */
export function parseAnswers(path: string, value: unknown): Answers {
  if (typeof value === 'function') return value as Answers;
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of fixtures or a function', value);
  return value.map((fixture, index) => parseFixture(`${path}[${index}]`, fixture));
}

function parseFixture(path: string, value: unknown): AnswerFixture {
  const { match, answer, times } = checkObject(path, value, ['match', 'answer', 'times']);
  return {
    ...(match === undefined ? {} : { match: parseMatch(`${path}.match`, match) }),
    answer: copied(`${path}.answer`, parseAnswer(`${path}.answer`, answer)),
    ...(times === undefined ? {} : { times: checkNumber(`${path}.times`, times, { min: 1, integer: true }) }),
  };
}

/** So that what its giver does to it later changes nothing. */
function copied(path: string, answer: ScriptedAnswer): ScriptedAnswer {
  try {
    return structuredClone(answer);
  } catch {
    throw invalidOption(path, 'what JSON can hold', answer);
  }
}

function parseMatch(path: string, value: unknown): AnswerMatch {
  const given = checkObject(path, value, ['endpoint', 'model', 'text', 'callId', 'headers']);
  const { endpoint, model, text, callId, headers } = given;
  return {
    ...(endpoint === undefined
      ? {}
      : { endpoint: checkOneOf(`${path}.endpoint`, endpoint, ['chat', 'responses']) }),
    ...(model === undefined ? {} : { model: checkString(`${path}.model`, model) }),
    ...(text === undefined ? {} : { text: parseFinder(`${path}.text`, text) }),
    ...(callId === undefined ? {} : { callId: parseFinder(`${path}.callId`, callId) }),
    ...(headers === undefined ? {} : { headers: parseHeaders(`${path}.headers`, headers) }),
  };
}

function parseHeaders(path: string, value: unknown): Record<string, string | RegExp> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(path, 'an object of headers', value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, wanted]) => [
      name.toLowerCase(),
      parseFinder(`${path}.${name}`, wanted),
    ]),
  );
}

/** A file has no regular expressions: there it is `{ regex, flags }`. */
function parseFinder(path: string, value: unknown): string | RegExp {
  if (typeof value === 'string') return value;
  if (value instanceof RegExp) return steady(value);
  if (typeof value !== 'object' || value === null) {
    throw invalidOption(path, 'a text or a regular expression', value);
  }
  const { regex, flags } = checkObject(path, value, ['regex', 'flags']);
  const source = checkString(`${path}.regex`, regex);
  const given = flags === undefined ? '' : checkString(`${path}.flags`, flags);
  try {
    return steady(new RegExp(source, given));
  } catch {
    throw invalidOption(`${path}.regex`, 'a regular expression', source);
  }
}

/** Finds the same each time, which with the flags `g` and `y` it would not. */
function steady(expression: RegExp): RegExp {
  return new RegExp(expression.source, expression.flags.replace(/[gy]/g, ''));
}

const speechKeys = [
  'text',
  'json',
  'refusal',
  'chunks',
  'toolCalls',
  'finishReason',
  'usage',
  'reasoningTokens',
  'delayMs',
];
const usageKeys = ['inputTokens', 'cachedTokens', 'outputTokens', 'reasoningTokens'];

/** Checks one answer, from a fixture or from a function. */
export function parseAnswer(path: string, value: unknown): ScriptedAnswer {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'body' in value) return parseBody(path, value);
  const given = checkObject(path, value, [...speechKeys, 'body', 'status']);
  if (given['status'] !== undefined)
    throw invalidOption(`${path}.body`, 'given, since `status` is', undefined);
  const contents = ['text', 'json', 'refusal', 'chunks'].filter((key) => given[key] !== undefined);
  if (contents.length > 1) {
    throw invalidOption(path, `an answer with one of \`${contents.join('` and `')}\``, value);
  }
  checkTexts(path, given);
  checkCalls(`${path}.toolCalls`, given['toolCalls']);
  const { finishReason, usage, reasoningTokens } = given;
  if (finishReason !== undefined) {
    const reasons = ['stop', 'length', 'tool_calls', 'content_filter'] as const;
    checkOneOf(`${path}.finishReason`, finishReason, reasons);
  }
  if (usage !== undefined) {
    for (const [key, count] of Object.entries(checkObject(`${path}.usage`, usage, usageKeys))) {
      checkCount(`${path}.usage.${key}`, count);
    }
  }
  if (reasoningTokens !== undefined) checkCount(`${path}.reasoningTokens`, reasoningTokens);
  checkDelay(path, given['delayMs']);
  // The checks above are what makes it an answer.
  return given as ScriptedAnswer;
}

function parseBody(path: string, value: object): ScriptedAnswer {
  const { body, status, delayMs } = checkObject(path, value, ['body', 'status', 'delayMs']);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidOption(`${path}.body`, 'a JSON object', body);
  }
  checkDelay(path, delayMs);
  return {
    body: body as Record<string, unknown>,
    status: checkNumber(`${path}.status`, status ?? 200, { min: 200, max: 599, integer: true }),
    ...(delayMs === undefined ? {} : { delayMs: Number(delayMs) }),
  };
}

function checkTexts(path: string, { text, refusal, chunks, json }: Record<string, unknown>): void {
  if (text !== undefined && typeof text !== 'string') throw invalidOption(`${path}.text`, 'a text', text);
  if (refusal !== undefined) checkString(`${path}.refusal`, refusal);
  if (typeof json === 'function' || typeof json === 'symbol') {
    throw invalidOption(`${path}.json`, 'what JSON can hold', json);
  }
  if (chunks === undefined) return;
  if (!Array.isArray(chunks)) throw invalidOption(`${path}.chunks`, 'an array of texts', chunks);
  for (const [index, chunk] of chunks.entries()) checkString(`${path}.chunks[${index}]`, chunk);
}

function checkCalls(path: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of tool calls', value);
  for (const [index, call] of value.entries()) {
    const at = `${path}[${index}]`;
    const given = checkObject(at, call, ['name', 'arguments', 'input', 'id']);
    checkString(`${at}.name`, given['name']);
    if (given['id'] !== undefined) checkString(`${at}.id`, given['id']);
    const { arguments: args, input } = given;
    if (input !== undefined && args !== undefined) {
      throw invalidOption(`${at}.arguments`, 'absent, since `input` is in its place', args);
    }
    if (input !== undefined && typeof input !== 'string') throw invalidOption(`${at}.input`, 'a text', input);
    const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
    if (args !== undefined && typeof args !== 'string' && !isObject) {
      throw invalidOption(`${at}.arguments`, 'an object or a text', args);
    }
  }
}

function checkCount(path: string, value: unknown): void {
  checkNumber(path, value, { min: 0, integer: true });
}

function checkDelay(path: string, value: unknown): void {
  if (value !== undefined) checkNumber(`${path}.delayMs`, value, { min: 0, max: DAY_MS });
}
