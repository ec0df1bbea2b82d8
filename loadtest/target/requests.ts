import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { K6Request } from '../k6/target-config.ts';
import { UsageError } from '../usage-error.ts';

interface Flags {
  readonly target: URL;
  readonly method: string | undefined;
  /** Each as `name: value`. */
  readonly headers: readonly string[];
  /** A text, or `@` and the file that has it. */
  readonly body: string | undefined;
  readonly isStream: boolean;
}

/** The one request that the command line describes, as curl would take it. */
export function requestOf({ target, method, headers, body, isStream }: Flags): K6Request {
  const text = body?.startsWith('@') ? readText('--body', body.slice(1)) : body;
  return {
    name: target.pathname,
    method: method?.toUpperCase() ?? (text === undefined ? 'GET' : 'POST'),
    url: target.href,
    headers: withType(Object.fromEntries(headers.map(readHeader)), text),
    body: text ?? null,
    weight: 1,
    isStream,
    accept: [],
  };
}

function readHeader(text: string): [string, string] {
  const at = text.indexOf(':');
  const name = text.slice(0, at).trim();
  if (at > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return [name, text.slice(at + 1).trim()];
  // What it holds is often a secret, so it is not shown.
  throw new UsageError(
    "Expected `--header` to be such as 'authorization: Bearer x': a name, a colon and a value.",
  );
}

function withType(headers: Record<string, string>, body: string | undefined): Record<string, string> {
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return body === undefined || hasType ? headers : { ...headers, 'content-type': 'application/json' };
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`\`${flag}\` cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

const known = ['name', 'method', 'path', 'headers', 'body', 'weight', 'stream', 'accept'];

/** The requests in a file: JSON or YAML, an array of objects. */
export function readRequests(file: string, target: URL): K6Request[] {
  const lines = new LineCounter();
  const document = parseDocument(readText('--requests', file), { lineCounter: lines });
  const [error] = document.errors;
  if (error) throw new UsageError(`${file}:${at(error.linePos?.[0])} ${error.message.split('\n')[0]}`);
  const fail = (path: readonly (string | number)[], message: string): never => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    const where = at(node?.range ? lines.linePos(node.range[0]) : undefined);
    throw new UsageError(`${file}:${where} ${message}`);
  };
  const list: unknown = document.toJS();
  if (!Array.isArray(list) || list.length === 0) fail([], 'Expected a list of requests.');
  return (list as unknown[]).map((given, index) => readRequest(given, index, target, fail));
}

type Fail = (path: readonly (string | number)[], message: string) => never;

function readRequest(given: unknown, index: number, target: URL, fail: Fail): K6Request {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return fail([index], `Expected \`[${index}]\` to be a request with a \`path\`.`);
  const fields = given as Record<string, unknown>;
  const stray = Object.keys(fields).find((name) => !known.includes(name));
  if (stray !== undefined)
    fail([index, stray], `Unknown field \`[${index}].${stray}\`. Known: ${known.join(', ')}.`);
  const want = <T>(
    name: string,
    isGood: (value: unknown) => value is T,
    expected: string,
    otherwise: T,
  ): T => {
    const value = fields[name];
    if (value === undefined) return otherwise;
    if (isGood(value)) return value;
    return fail(
      [index, name],
      `Expected \`[${index}].${name}\` to be ${expected}, got \`${JSON.stringify(value)}\`.`,
    );
  };
  const path = want('path', isText, 'a path such as /ask', target.pathname);
  if (!URL.canParse(path, target.href))
    fail([index, 'path'], `Expected \`[${index}].path\` to be a path, got \`${path}\`.`);
  const url = new URL(path, target);
  if (url.origin !== target.origin)
    fail([index, 'path'], `Expected \`[${index}].path\` to be a path of ${target.origin}, got \`${path}\`.`);
  const body = fields['body'];
  const text =
    body === undefined || body === null || isText(body) ? (body ?? undefined) : JSON.stringify(body);
  return {
    name: want('name', isText, 'a text', url.pathname),
    method: want('method', isText, 'a method', text === undefined ? 'GET' : 'POST').toUpperCase(),
    url: url.href,
    headers: withType({ ...want('headers', isTexts, 'an object of texts', {}) }, text),
    body: text ?? null,
    weight: want('weight', isWeight, 'a whole number from 1 to 1000', 1),
    isStream: want('stream', isBoolean, 'true or false', false),
    accept: want('accept', isStatuses, 'a list of statuses', []),
  };
}

function at(place: { readonly line: number; readonly col: number } | undefined): string {
  return place ? `${place.line}:${place.col}:` : '';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isWeight = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000;
const isStatuses = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((status) => Number.isInteger(status) && status >= 100 && status <= 599);
const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');
