import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import type OpenAI from 'openai';
import type { Batch, BatchCreateParams } from 'openai/resources/batches';
import type { FileObject } from 'openai/resources/files';
import { asObject, asString } from '../../json.ts';
import { BrokenAnswer, persist, sleep, type Waiting } from './patience.ts';
import { readLines } from './read-lines.ts';

export type { Batch };

/** How far the clocks of this machine and the provider may be apart, when what was made since is looked for. */
const clockErrorSeconds = 86_400;
/** A download that gives nothing for so long is begun anew. */
const idleMs = 60_000;
const mostAnswerBytes = 256 * 1_024 * 1_024;

/**
 * What batches need of the provider. It tries again itself: what makes something may have made it though no answer came, so
 * it looks for that first.
 */
export class BatchProvider {
  readonly #client: OpenAI;
  readonly #waiting: Waiting;

  constructor(client: OpenAI, waiting: Waiting) {
    this.#client = client;
    this.#waiting = waiting;
  }

  get #once(): { readonly maxRetries: 0; readonly signal: AbortSignal } {
    return { maxRetries: 0, signal: this.#waiting.signal };
  }

  /**
   * Uploads a file of which there is to be one.
   *
   * @param sinceMs when that was first tried, by the calendar; undefined where it never was
   * @returns the id of the file
   */
  async upload(path: string, name: string, sinceMs: number | undefined): Promise<string> {
    const { size } = await stat(path);
    return await this.#makeOnce(
      sinceMs,
      async (fromSeconds) => await this.#findUpload(name, size, fromSeconds),
      async () => {
        // A file on disk, of which only what is being sent is in memory.
        const file = new File([await openAsBlob(path)], name, { type: 'application/jsonl' });
        return idOf(await this.#client.files.create({ file, purpose: 'batch' }, this.#once));
      },
    );
  }

  /** Deletes what was uploaded under this name, however much of it arrived. */
  async deleteUploads(name: string, sinceMs: number): Promise<void> {
    const fromSeconds = Math.floor(sinceMs / 1_000) - clockErrorSeconds;
    await persist(async () => await this.#findUpload(name, undefined, fromSeconds), this.#waiting);
  }

  /** Makes a batch that is known by its metadata, of which there is to be one. */
  async create(
    params: Pick<BatchCreateParams, 'endpoint' | 'completion_window' | 'input_file_id'>,
    metadata: Readonly<Record<string, string>>,
    sinceMs: number | undefined,
  ): Promise<Batch> {
    return await this.#makeOnce(
      sinceMs,
      async (fromSeconds) => await this.findBatch(metadata, fromSeconds),
      async () => {
        const made = await this.#client.batches.create({ ...params, metadata: { ...metadata } }, this.#once);
        idOf(made);
        return made;
      },
    );
  }

  /** The batch with this metadata. Where two were made, which needs two processes, the later ones are cancelled. */
  async findBatch(
    metadata: Readonly<Record<string, string>>,
    fromSeconds: number,
  ): Promise<Batch | undefined> {
    const found: Batch[] = [];
    for await (const batch of this.#list<Batch>('/batches', {}, fromSeconds)) {
      const isIt = Object.entries(metadata).every(([name, value]) => batch.metadata?.[name] === value);
      if (isIt) found.push(batch);
    }
    const first = found.pop();
    for (const { id } of found) await this.cancel(id);
    return first;
  }

  async retrieve(id: string): Promise<Batch> {
    return await persist(async () => {
      const batch = await this.#client.batches.retrieve(id, this.#once);
      idOf(batch);
      return batch;
    }, this.#waiting);
  }

  /** One that has ended already stays as it is. */
  async cancel(id: string): Promise<void> {
    await this.#unless([404, 409, 400], async () => idOf(await this.#client.batches.cancel(id, this.#once)));
  }

  async deleteFile(id: string): Promise<void> {
    await this.#unless([404], async () => idOf(await this.#client.files.delete(id, this.#once)));
  }

  /** The lines of a file, as they come. A connection that breaks is a `BrokenAnswer`; whoever reads begins anew. */
  async *lines(fileId: string): AsyncGenerator<string> {
    const response = await this.#client.files.content(fileId, this.#once);
    if (!response.body) throw new BrokenAnswer(`The file ${fileId} came without a body.`);
    for await (const line of readLines(this.#chunks(response.body), mostAnswerBytes))
      if (line.problem === undefined) yield line.text;
  }

  async *#chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await this.#withinIdle(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  async #withinIdle<T>(work: Promise<T>): Promise<T> {
    const { clock, signal } = this.#waiting;
    const over = new AbortController();
    const tooLong = sleep(idleMs, { clock, signal: AbortSignal.any([signal, over.signal]) }).then(() => {
      throw new BrokenAnswer(`Nothing came for ${idleMs} ms.`);
    });
    try {
      return await Promise.race([work, tooLong]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof BrokenAnswer
        ? error
        : new BrokenAnswer('The download broke off.', { cause: error });
    } finally {
      tooLong.catch(() => undefined);
      over.abort();
    }
  }

  async #makeOnce<T>(
    sinceMs: number | undefined,
    find: (fromSeconds: number) => Promise<T | undefined>,
    make: () => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#waiting;
    const fromSeconds = Math.floor((sinceMs ?? clock.epochMs()) / 1_000) - clockErrorSeconds;
    let mayExist = sinceMs !== undefined;
    return await persist(async () => {
      const found = mayExist ? await find(fromSeconds) : undefined;
      if (found !== undefined) return found;
      mayExist = true;
      return await make();
    }, this.#waiting);
  }

  /** @param bytes of the one that stays: all others of this name are deleted, as they are broken off or came twice */
  async #findUpload(
    name: string,
    bytes: number | undefined,
    fromSeconds: number,
  ): Promise<string | undefined> {
    let whole: string | undefined;
    for await (const file of this.#list<FileObject>('/files', { purpose: 'batch' }, fromSeconds)) {
      if (file.filename !== name) continue;
      if (whole === undefined && file.bytes === bytes) whole = file.id;
      else await this.deleteFile(file.id);
    }
    return whole;
  }

  /**
   * What was made since then, the newest first. A page that is no list, as a proxy sends one, must not look like an empty one,
   * which the pages of the client cannot tell.
   */
  async *#list<T extends { readonly id: string; readonly created_at: number }>(
    path: string,
    query: Readonly<Record<string, string>>,
    fromSeconds: number,
  ): AsyncGenerator<T> {
    let after: string | undefined;
    do {
      const asked = { ...query, limit: 100, ...(after !== undefined && { after }) };
      const page: unknown = await this.#client.get(path, { ...this.#once, query: asked });
      const { data, has_more: hasMore } = asObject(page) ?? {};
      if (!Array.isArray(data)) throw new BrokenAnswer('The provider answered with no list.');
      for (const item of data as T[]) {
        if (item.created_at < fromSeconds) return;
        yield item;
      }
      after = hasMore === true ? (data as T[]).at(-1)?.id : undefined;
    } while (after !== undefined);
  }

  async #unless(statuses: readonly number[], work: () => Promise<unknown>): Promise<void> {
    await persist(async () => {
      try {
        await work();
      } catch (error) {
        const status = asObject(error)?.['status'];
        if (typeof status !== 'number' || !statuses.includes(status)) throw error;
      }
    }, this.#waiting);
  }
}

/** A page of a proxy may come with a status of success. */
function idOf(made: { readonly id: string }): string {
  const id = asString(asObject(made)?.['id']);
  if (id === undefined)
    throw new BrokenAnswer('The provider answered with something else than was asked for.');
  return id;
}
