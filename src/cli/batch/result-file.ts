import {
  closeSync,
  createReadStream,
  existsSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { asObject, asString } from '../../json.ts';
import { readLines } from '../../patterns/batch/read-lines.ts';
import { SeenIds } from '../../patterns/batch/seen-ids.ts';
import type { BatchResult } from '../../patterns/index.ts';

/** Where results are written. */
export interface ResultSink {
  write(result: BatchResult): Promise<void>;
  close(): void;
}

/** The form of the API's own output files, and in how many batches the request was. */
export function resultLine({ customId, attempts, response, error }: BatchResult): string {
  return `${JSON.stringify({
    custom_id: customId,
    attempts,
    response: response
      ? { status_code: response.status, request_id: response.requestId ?? null, body: response.body }
      : null,
    error: error ?? null,
  })}\n`;
}

/** Waits where whoever reads them is slower. */
export function streamSink(stream: NodeJS.WritableStream): ResultSink {
  // The write that fails says so.
  stream.on('error', () => undefined);
  return {
    write: async (result) => {
      await new Promise<void>((resolve, reject) => {
        stream.write(resultLine(result), (error) => (error ? reject(unwritten(error)) : resolve()));
      });
    },
    close: () => undefined,
  };
}

function unwritten(error: Error): Error {
  if (!('code' in error) || error.code !== 'EPIPE') return error;
  return new RunFailure('Whoever read the results has left. The same command gives all of them again.');
}

const lineFeed = 10;
const beginning = '{"custom_id":';

/**
 * A file to which results are added that it has not yet. What a process that was killed wrote of its last line is cut off.
 *
 * @param isNew that nothing of this work was begun before, so no result can be of it
 * @throws UsageError for a file with something else in it
 */
export async function fileSink(file: string, isNew = false): Promise<ResultSink> {
  const { seen, wholeBytes } = existsSync(file)
    ? await readBefore(file)
    : { seen: new SeenIds(), wholeBytes: 0 };
  // Ids as `request-1` come in every file: its own results would be taken for written.
  if (isNew && wholeBytes > 0)
    throw new UsageError(
      `\`${file}\` has results of other requests. Choose another --out, or remove it; it is left as it is.`,
    );
  const descriptor = openSync(file, 'a');
  ftruncateSync(descriptor, wholeBytes);
  let place = 0;
  return {
    write: async (result) => {
      if (seen.add(result.customId, place++) === undefined)
        writeAll(descriptor, Buffer.from(resultLine(result)));
    },
    close: () => closeSync(descriptor),
  };
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

async function readBefore(file: string): Promise<{ readonly seen: SeenIds; readonly wholeBytes: number }> {
  if (!statSync(file).isFile()) throw new UsageError(`\`--out\` needs a file, and \`${file}\` is none.`);
  let wholeBytes = 0;
  let bytes = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
      const last = chunk.lastIndexOf(lineFeed);
      if (last >= 0) wholeBytes = bytes + last + 1;
      bytes += chunk.length;
      yield chunk;
    }
  }
  const seen = new SeenIds();
  let torn: string | undefined;
  let place = 0;
  for await (const line of readLines(chunks(), Number.MAX_SAFE_INTEGER)) {
    if (torn !== undefined) throw notResults(file, line.number - 1);
    const id = line.problem === undefined ? customIdIn(line.text) : undefined;
    if (id !== undefined) seen.add(id, place++);
    else torn = line.problem ?? line.text;
  }
  const isTorn = torn !== undefined && wholeBytes < bytes && isBeginning(file, wholeBytes);
  if (torn !== undefined && !isTorn) throw notResults(file, place + 1);
  // A whole result whose line feed is missing is written again.
  return torn === undefined && wholeBytes < bytes
    ? await withoutLast(file, wholeBytes)
    : { seen, wholeBytes };
}

async function withoutLast(
  file: string,
  wholeBytes: number,
): Promise<{ readonly seen: SeenIds; readonly wholeBytes: number }> {
  const seen = new SeenIds();
  if (wholeBytes === 0) return { seen, wholeBytes };
  const chunks = createReadStream(file, { end: wholeBytes - 1 }) as AsyncIterable<Uint8Array>;
  for await (const line of readLines(chunks, Number.MAX_SAFE_INTEGER))
    seen.add((line.problem === undefined ? customIdIn(line.text) : undefined) ?? '', line.number);
  return { seen, wholeBytes };
}

function customIdIn(text: string): string | undefined {
  try {
    return asString(asObject(JSON.parse(text))?.['custom_id']);
  } catch {
    return undefined;
  }
}

/** Whether a result begins there, or as much of one as there is. */
function isBeginning(file: string, at: number): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(beginning.length);
    const length = readSync(descriptor, bytes, 0, bytes.length, at);
    return beginning.startsWith(bytes.toString('latin1', 0, length));
  } finally {
    closeSync(descriptor);
  }
}

function notResults(file: string, line: number): UsageError {
  return new UsageError(
    `\`${file}\` has something else in it than results of a batch (line ${line}). Choose another --out; it is left as it is.`,
  );
}
