import { TelltaleError } from '../../errors.ts';
import { asObject, asString } from '../../json.ts';
import type { RecordHold, RecordInfo, RecordStore } from '../store/record-store.ts';
import { Records } from '../store/records.ts';
import { isEnd, type JobRecord, jobRecords } from './job-record.ts';

/** Which job a Response is of, so that a webhook can find it in any process. */
interface ResponseRecord {
  readonly jobId: string;
}

/** The jobs in a store. What is over is never changed again, whoever tries, so that a job has one end. */
export class JobBook {
  readonly #jobs: Records<JobRecord>;
  readonly #responses: Records<ResponseRecord>;

  constructor(store: RecordStore) {
    this.#jobs = new Records(store, jobRecords);
    this.#responses = new Records(store, {
      name: 'job-response',
      version: 1,
      read: (value) => {
        const jobId = asString(asObject(value)?.['jobId']);
        if (jobId === undefined) throw new Error('`jobId` is missing');
        return { jobId };
      },
    });
  }

  async find(id: string): Promise<JobRecord | undefined> {
    return (await this.#jobs.read(id))?.value;
  }

  /** @throws TelltaleError `record_unknown` */
  async read(id: string): Promise<JobRecord> {
    const record = await this.find(id);
    if (!record) throw jobUnknown(id);
    return record;
  }

  /** @returns whether there was none with this id */
  async add(id: string, record: JobRecord): Promise<boolean> {
    try {
      await this.#jobs.write(id, record, null);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  /**
   * Changes a job that is not over.
   *
   * @returns it as it is now, and whether this changed it
   */
  async change(
    id: string,
    change: (record: JobRecord) => JobRecord,
  ): Promise<{ readonly record: JobRecord; readonly isChanged: boolean }> {
    for (;;) {
      const stored = await this.#jobs.read(id);
      if (!stored) throw jobUnknown(id);
      if (isEnd(stored.value.state)) return { record: stored.value, isChanged: false };
      const record = change(stored.value);
      try {
        await this.#jobs.write(id, record, stored.revision);
        return { record, isChanged: true };
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  }

  /** @returns undefined where somebody else holds it, also after `waitMs` */
  async hold(id: string, waitMs: number): Promise<RecordHold | undefined> {
    try {
      return await this.#jobs.hold(id, { waitMs });
    } catch (error) {
      if (error instanceof TelltaleError && error.code === 'record_locked') return undefined;
      throw error;
    }
  }

  async list(): Promise<readonly RecordInfo[]> {
    return await this.#jobs.list();
  }

  async remember(responseId: string, jobId: string): Promise<void> {
    if ((await this.jobOf(responseId)) !== jobId) await this.#responses.write(responseId, { jobId });
  }

  async jobOf(responseId: string): Promise<string | undefined> {
    return (await this.#responses.read(responseId))?.value.jobId;
  }

  async remove(id: string, responseId: string | undefined): Promise<void> {
    // The way to it first: without the job nobody would find that again.
    if (responseId !== undefined) await this.#responses.delete(responseId);
    await this.#jobs.delete(id);
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof TelltaleError && error.code === 'record_conflict';
}

export function jobUnknown(id: string): TelltaleError {
  return new TelltaleError('record_unknown', `There is no background job \`${id}\` in this store.`);
}
