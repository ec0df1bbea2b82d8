import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { invalidOption } from '../../check.ts';
import { TelltaleError } from '../../errors.ts';
import { readLines } from './read-lines.ts';
import {
  batchEndpoints,
  type CheckedRequest,
  checkRequest,
  endpointOf,
  estimateTokens,
  inputsOf,
  type LooseRequest,
  readLine,
  readObject,
  writeLine,
} from './request.ts';
import { SeenIds } from './seen-ids.ts';
import { type PartBounds, type PartSize, Splitter } from './splitter.ts';

export type BatchRequests = string | Iterable<unknown> | AsyncIterable<unknown>;

export interface PlanSetting {
  /** A path of a JSONL file, or what it would hold. */
  readonly requests: BatchRequests;
  /** @default what the first request asks */
  readonly endpoint: string | undefined;
  readonly model: string | undefined;
  readonly bounds: PartBounds;
  /** Where the lines of the parts are written. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** What will be sent: nothing of it is in memory, all of it is in files. */
export interface Plan {
  readonly endpoint: string;
  readonly parts: readonly PartSize[];
  readonly requests: number;
  /** Of the lines of all parts, and of how they are divided. */
  readonly digest: string;
  readonly directory: string;
}

/** Lines are written together. */
const bufferedBytes = 256 * 1_024;
/** Whoever sees so many knows enough. */
const mostProblems = 20;

/** The lines of a part, and their custom ids. */
export function filesOfPart(
  directory: string,
  part: number,
): { readonly lines: string; readonly ids: string } {
  const name = path.join(directory, `part-${part + 1}`);
  return { lines: `${name}.jsonl`, ids: `${name}.ids` };
}

const spoolName = 'telltale-batch-';

/** A folder that only this user can read, for prompts that are on their way. */
export async function makeSpool(directory: string = tmpdir()): Promise<string> {
  return await mkdtemp(path.join(directory, spoolName));
}

/** A path may come from a record: nothing is removed that was not made here. */
export async function removeSpool(spool: string): Promise<void> {
  if (!path.basename(spool).startsWith(spoolName)) return;
  await rm(spool, { recursive: true, force: true });
}

/**
 * Checks every request, and divides them among batches.
 *
 * @throws TelltaleError `invalid_option` with the first requests that cannot be sent, by file and line
 */
export async function makePlan(setting: PlanSetting): Promise<Plan> {
  const { requests, model, bounds, directory, signal } = setting;
  const splitter = new Splitter(bounds);
  const writer = new PartWriter(directory);
  const digest = createHash('sha256');
  const seen = new SeenIds();
  const problems: string[] = [];
  let { endpoint } = setting;
  let total = 0;
  for await (const { place, label, found } of candidates(requests, bounds.bytes)) {
    signal?.throwIfAborted();
    if (problems.length === mostProblems) break;
    if (typeof found === 'string') {
      problems.push(`${label} ${found}`);
      continue;
    }
    endpoint ??= endpointOf(found);
    if (!(batchEndpoints as readonly string[]).includes(endpoint))
      throw invalidOption('options.endpoint', `one of ${batchEndpoints.join(', ')}`, endpoint);
    total += 1;
    const checked = checkRequest(found, { endpoint, model, defaultId: `request-${place}` });
    const problem = typeof checked === 'string' ? checked : duplicate(checked, seen, place, label);
    if (typeof checked === 'string' || problem !== undefined) {
      problems.push(`${label} ${problem}`);
      continue;
    }
    const line = writeLine(checked, endpoint);
    const { body } = checked;
    const size = {
      model: checked.model,
      bytes: Buffer.byteLength(line) + 1,
      inputs: inputsOf(body, endpoint),
      tokens: estimateTokens(body),
    };
    const tooLarge = splitter.problemOf(size);
    if (tooLarge !== undefined) {
      problems.push(`${label} ${tooLarge}`);
      continue;
    }
    const { part, filled } = splitter.place(size);
    if (filled !== undefined) await writer.write(filled);
    await writer.add(part, line, checked.customId);
    digest.update(`${part}\n${line}\n`);
  }
  if (problems.length > 0) throw refused(problems);
  if (endpoint === undefined) throw noRequests(requests);
  await writer.writeAll();
  return { endpoint, parts: splitter.parts, requests: total, digest: digest.digest('hex'), directory };
}

interface Candidate {
  /** From 1: a line, or a number in a list. */
  readonly place: number;
  readonly label: string;
  /** Or what is wrong. */
  readonly found: LooseRequest | string;
}

async function* candidates(requests: BatchRequests, mostBytes: number): AsyncGenerator<Candidate> {
  if (typeof requests !== 'string') {
    let place = 0;
    for await (const request of requests) {
      place += 1;
      yield { place, label: `requests[${place - 1}]`, found: readObject(request) };
    }
    return;
  }
  for await (const line of readLines(openFile(requests), mostBytes)) {
    const { number } = line;
    const found = line.problem ?? readLine(line.text);
    yield { place: number, label: `${path.basename(requests)}:${number}`, found };
  }
}

async function* openFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: bufferedBytes }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
    throw new TelltaleError('invalid_option', `Cannot read \`${file}\`: ${why}.`, {
      option: 'options.requests',
      cause,
    });
  }
}

function duplicate(
  { customId }: CheckedRequest,
  seen: SeenIds,
  place: number,
  label: string,
): string | undefined {
  const earlier = seen.add(customId, place);
  if (earlier === undefined) return undefined;
  const where = label.startsWith('requests[') ? `requests[${earlier - 1}]` : `line ${earlier}`;
  return `has the custom_id ${JSON.stringify(customId)} of ${where} again`;
}

function refused(problems: readonly string[]): TelltaleError {
  const end = problems.length === mostProblems ? '\n  There may be more.' : '';
  const lines = problems.map((problem) => `  ${problem}`).join('\n');
  return new TelltaleError('invalid_option', `Nothing was sent, because of\n${lines}${end}`, {
    option: 'options.requests',
  });
}

function noRequests(requests: BatchRequests): TelltaleError {
  const what = typeof requests === 'string' ? `\`${requests}\` has` : '`options.requests` has';
  return new TelltaleError('invalid_option', `${what} no requests: there is nothing to send.`, {
    option: 'options.requests',
  });
}

/** Writes the files of parts that are open side by side, one for each model. */
class PartWriter {
  readonly #directory: string;
  readonly #waiting = new Map<number, { lines: string[]; ids: string[]; size: number }>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async add(part: number, line: string, customId: string): Promise<void> {
    let waiting = this.#waiting.get(part);
    if (!waiting) {
      waiting = { lines: [], ids: [], size: 0 };
      this.#waiting.set(part, waiting);
    }
    waiting.lines.push(`${line}\n`);
    waiting.ids.push(`${JSON.stringify(customId)}\n`);
    waiting.size += line.length;
    if (waiting.size >= bufferedBytes) await this.write(part);
  }

  async write(part: number): Promise<void> {
    const waiting = this.#waiting.get(part);
    if (!waiting) return;
    this.#waiting.delete(part);
    const files = filesOfPart(this.#directory, part);
    await appendFile(files.lines, waiting.lines.join(''), { mode: 0o600 });
    await appendFile(files.ids, waiting.ids.join(''), { mode: 0o600 });
  }

  async writeAll(): Promise<void> {
    for (const part of [...this.#waiting.keys()]) await this.write(part);
  }
}
