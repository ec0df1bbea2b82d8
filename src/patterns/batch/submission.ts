import { createReadStream } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import type { BatchCreateParams } from 'openai/resources/batches';
import { asObject } from '../../json.ts';
import { Bitmap } from './bitmap.ts';
import type { PartKeeper } from './part-keeper.ts';
import { queueIsFull } from './patience.ts';
import { filesOfPart } from './plan.ts';
import { readLines } from './read-lines.ts';
import type { Work } from './work.ts';

/**
 * Uploads the lines of an attempt and makes a batch of them, or goes on where an earlier process stopped.
 *
 * @returns `queue-full` where the provider has no room for it at present; `unsent` where the run was cancelled before
 */
export async function submit(
  work: Work,
  keeper: PartKeeper,
  index: number,
): Promise<'submitted' | 'queue-full' | 'unsent'> {
  const { provider, clock } = work;
  const isCancelled = (): boolean => work.run().isCancelled;
  if (keeper.attempt(index).batchId !== undefined) return 'submitted';
  const metadata = metadataOf(work, keeper, index);
  const { submitSinceMs } = keeper.attempt(index);
  if (isCancelled()) {
    const made =
      submitSinceMs === undefined
        ? undefined
        : await provider.findBatch(metadata, fromSeconds(submitSinceMs));
    if (!made) {
      await removeUpload(work, keeper, index);
      return 'unsent';
    }
    await keeper.changeAttempt(index, { batchId: made.id });
    return 'submitted';
  }
  if (keeper.attempt(index).fileId === undefined) await upload(work, keeper, index);
  if (isCancelled()) return 'unsent';
  await keeper.changeAttempt(index, { submitSinceMs: submitSinceMs ?? clock.epochMs() });
  const params = {
    endpoint: work.run().endpoint as BatchCreateParams['endpoint'],
    completion_window: work.completionWindow,
    input_file_id: keeper.attempt(index).fileId ?? '',
  };
  try {
    const { id, status } = await provider.create(params, metadata, submitSinceMs);
    await keeper.changeAttempt(index, { batchId: id });
    keeper.setLive({ status, completed: 0, failed: 0 });
    return 'submitted';
  } catch (error) {
    const { code, status } = asObject(error) ?? {};
    if (code === queueIsFull) return 'queue-full';
    // The input file is gone, as after its 30 days: a later process uploads it anew.
    if (status === 404) await keeper.changeAttempt(index, { fileId: undefined, uploadSinceMs: undefined });
    throw error;
  }
}

/** An upload of which a process that was killed did not learn what became. */
async function removeUpload({ provider, run }: Work, keeper: PartKeeper, index: number): Promise<void> {
  const { fileId, uploadSinceMs } = keeper.attempt(index);
  if (fileId !== undefined || uploadSinceMs === undefined) return;
  await provider.deleteUploads(uploadName(run().key, keeper, index), uploadSinceMs);
  await keeper.changeAttempt(index, { uploadSinceMs: undefined });
}

function uploadName(key: string, keeper: PartKeeper, index: number): string {
  const { submissions } = keeper.attempt(index);
  const again = submissions > 0 ? `-${submissions + 1}` : '';
  return `telltale-${key}-${keeper.part.number + 1}-${index + 1}${again}.jsonl`;
}

async function upload(work: Work, keeper: PartKeeper, index: number): Promise<void> {
  const { provider, clock } = work;
  const { uploadSinceMs } = keeper.attempt(index);
  await work.uploading(async () => {
    await keeper.changeAttempt(index, { uploadSinceMs: uploadSinceMs ?? clock.epochMs() });
    const file = await linesOf(work, keeper, index);
    const fileId = await provider.upload(file, uploadName(work.run().key, keeper, index), uploadSinceMs);
    await keeper.changeAttempt(index, { fileId });
  });
}

function metadataOf(work: Work, keeper: PartKeeper, index: number): Readonly<Record<string, string>> {
  const { submissions } = keeper.attempt(index);
  return {
    telltale_batch: work.id,
    telltale_run: work.run().key,
    telltale_part: `${keeper.part.number + 1} of ${work.run().parts}`,
    telltale_attempt: String(index + 1),
    telltale_submission: String(submissions + 1),
  };
}

/** The clocks of this machine and the provider may be a day apart. */
function fromSeconds(sinceMs: number): number {
  return Math.floor(sinceMs / 1_000) - 86_400;
}

const copiedLines = 1_000;

/** The file with the lines of an attempt. */
async function linesOf(work: Work, keeper: PartKeeper, index: number): Promise<string> {
  const { number, requests } = keeper.part;
  const all = filesOfPart(work.spool, number).lines;
  const { lines } = keeper.attempt(index);
  if (lines === undefined) return all;
  const wanted = new Bitmap(requests, lines);
  const file = `${all}.${index + 1}`;
  await writeFile(file, '', { mode: 0o600 });
  let copied: string[] = [];
  for await (const line of readLines(createReadStream(all), Number.POSITIVE_INFINITY)) {
    if (line.problem === undefined && wanted.has(line.number - 1)) copied.push(`${line.text}\n`);
    if (copied.length < copiedLines) continue;
    await appendFile(file, copied.join(''));
    copied = [];
  }
  await appendFile(file, copied.join(''));
  return file;
}
