import { createReadStream, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { asObject, asString, type JsonObject } from '../../json.ts';
import { readLines } from '../../patterns/batch/read-lines.ts';
import { readLine } from '../../patterns/batch/request.ts';
import { type DocumentInput, readDocument } from '../../patterns/index.ts';
import { plain } from '../shared/terminal.ts';

/** A request whose cost is asked for. */
export interface InputRequest {
  /** As the request names it. */
  readonly model: string | undefined;
  readonly body: JsonObject;
}

/** What is to be estimated. */
export interface Input {
  readonly kind: 'text' | 'document' | 'requests';
  /** Of a file. */
  readonly name?: string;
  /** One where it is a text or a document. */
  readonly requests: AsyncIterable<InputRequest>;
}

export interface StandardInput extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
}

const mostBytes = 100_000_000;
const requestFile = /\.(jsonl|ndjson)$/i;
/** One word with the look of a file's name. */
const fileLike = /^\S*(?:[/\\]\S+|\.(?:txt|md|markdown|html?|pdf|jsonl|ndjson|json|docx?|csv))$/i;

/**
 * @throws UsageError where there is nothing, or a file that is not there; TelltaleError `document_unreadable`
 */
export async function readInput(words: readonly string[], input: StandardInput): Promise<Input> {
  const [first] = words;
  const isAsked = words.length === 0 && input.isTTY !== true;
  if (isAsked || (words.length === 1 && first === '-')) return readStandardInput(input);
  if (first === undefined)
    throw new UsageError(
      'Nothing to estimate: give a TEXT, a FILE, or - to read the standard input. See --help.',
    );
  const file = words.length > 1 ? undefined : statOf(first);
  if (file === undefined) {
    if (words.length === 1 && fileLike.test(first) && !first.includes('://'))
      throw new UsageError(`\`${first}\` does not exist. If it is the prompt itself, give it through -.`);
    return textInput(words.join(' '));
  }
  // What is wrong with a directory `readDocument` has a sentence for.
  if (requestFile.test(first) && !file.isDirectory())
    return {
      kind: 'requests',
      name: path.basename(first),
      requests: requestsOf(createReadStream(first), first),
    };
  return documentInput(first);
}

function statOf(name: string): Stats | undefined {
  try {
    return statSync(name);
  } catch {
    return undefined;
  }
}

async function readStandardInput(input: StandardInput): Promise<Input> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += piece.length;
    if (bytes > mostBytes) throw new UsageError('The standard input is longer than 100 MB: give a FILE.');
    chunks.push(piece);
  }
  const data = Buffer.concat(chunks);
  if (data.length === 0)
    throw new UsageError(
      'Nothing to estimate: the standard input is empty. Give a TEXT or a FILE. See --help.',
    );
  const name = 'standard input';
  if (beginsAsRequests(data)) return { kind: 'requests', name, requests: requestsOf(pieces(data), name) };
  return documentInput({ name, data });
}

function beginsAsRequests(data: Buffer): boolean {
  const start = data.subarray(0, 1_000_000).toString('utf8').trimStart();
  const [line = ''] = start.split('\n', 1);
  return line.startsWith('{') && typeof readLine(line) !== 'string';
}

async function* pieces(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
}

async function documentInput(file: DocumentInput): Promise<Input> {
  const { name, blocks } = await readDocument(file);
  return { ...textInput(blocks.map(({ text }) => text).join('\n\n')), kind: 'document', name };
}

function textInput(text: string): Input {
  return { kind: 'text', requests: onlyOne({ model: undefined, body: { input: text } }) };
}

async function* onlyOne(request: InputRequest): AsyncGenerator<InputRequest> {
  yield request;
}

async function* requestsOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<InputRequest> {
  let count = 0;
  for await (const line of readLines(chunks, mostBytes)) {
    const request = line.problem ?? readLine(line.text);
    const body = typeof request === 'string' ? undefined : asObject(request.body);
    if (body === undefined) {
      const problem = typeof request === 'string' ? request : 'has no `body`';
      throw new UsageError(plain(`Line ${line.number} of \`${name}\` ${problem}.`));
    }
    count++;
    yield { model: asString(body['model']), body };
  }
  if (count === 0) throw new UsageError(`\`${name}\` has no request: each line is one, as JSON.`);
}
