import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { estimateCost } from '../../index.ts';
import { asObject, asString, type JsonObject } from '../../json.ts';
import { readLines } from '../../patterns/batch/read-lines.ts';
import { endpointOf, readLine } from '../../patterns/batch/request.ts';

/** What a file of requests may cost in batches, before anything is sent. */
export interface Survey {
  readonly requests: number;
  /** Lines that cannot be sent, as far as can be seen here. */
  readonly badLines: number;
  readonly inputTokens: number;
  /** USD with answers of no length, so what it costs at least. */
  readonly leastUsd: number;
  /** USD where every answer is as long as it may be; undefined where one has no bound. */
  readonly mostUsd: number | undefined;
  /** Models that have no price, or none in batches. */
  readonly unpriced: readonly string[];
  /** A name for the work: the same for the same file, and another one when its content is another. */
  readonly id: string;
}

const mostLineBytes = 200_000_000;

/**
 * @param endpoint of all lines, where it is given
 * @throws UsageError where the file cannot be read
 */
export async function surveyFile(
  file: string,
  { model: defaultModel, endpoint }: { readonly model: string; readonly endpoint?: string | undefined },
): Promise<Survey> {
  const digest = createHash('sha256');
  const unpriced = new Set<string>();
  let [requests, badLines, inputTokens, leastUsd] = [0, 0, 0, 0];
  let mostUsd: number | undefined = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
      digest.update(chunk);
      yield chunk;
    }
  }
  try {
    for await (const line of readLines(chunks(), mostLineBytes)) {
      const found = line.problem === undefined ? readLine(line.text) : line.problem;
      const body = typeof found === 'string' ? undefined : asObject(found.body);
      if (typeof found === 'string' || !body) {
        badLines += 1;
        continue;
      }
      requests += 1;
      const model = asString(body['model']) ?? defaultModel;
      const asked = endpoint ?? endpointOf(found);
      const input = asked === '/v1/responses' ? withMessages(body) : body;
      const estimate = estimateCost({ model, input, batch: true });
      inputTokens += estimate.inputTokens.likely;
      if (!estimate.usd) {
        unpriced.add(model);
        continue;
      }
      leastUsd += estimate.usd.least;
      const { most } = estimate.usd;
      mostUsd = mostUsd === undefined || most === undefined ? undefined : mostUsd + most;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new UsageError(`Cannot read \`${file}\`: ${why}.`);
  }
  const name = path
    .basename(file)
    .slice(0, 100)
    .replace(/[^\w.-]/g, '_');
  const id = `${name}-${digest.digest('hex').slice(0, 16)}`;
  return { requests, badLines, inputTokens, leastUsd, mostUsd, unpriced: [...unpriced], id };
}

/** A text is sent as a message, whose frame counts: of short prompts it is the most. */
function withMessages({ input, instructions, ...rest }: JsonObject): JsonObject {
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  if (typeof instructions !== 'string' || !Array.isArray(items))
    return { ...rest, input: items, ...(instructions !== undefined && { instructions }) };
  return { ...rest, input: [{ role: 'system', content: instructions }, ...items] };
}
