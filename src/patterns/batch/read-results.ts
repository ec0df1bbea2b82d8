import { createReadStream } from 'node:fs';
import { asObject } from '../../json.ts';
import { patternInstruments } from '../../pattern-metrics.ts';
import { Bitmap } from './bitmap.ts';
import { newAttempt, type PartKeeper } from './part-keeper.ts';
import { BrokenAnswer, persist } from './patience.ts';
import { filesOfPart } from './plan.ts';
import { readLines } from './read-lines.ts';
import {
  type BatchRequestError,
  cancelledError,
  goneError,
  missingError,
  type ResultLine,
  readResultLine,
} from './result.ts';
import type { AttemptState } from './state.ts';
import { UsageSum } from './usage-sum.ts';
import type { Work } from './work.ts';

/** After so many results it is stored which were delivered. Those after it are delivered again if the process is killed. */
const deliveredPerWrite = 256;
/** What one attempt left. */
interface Tally {
  succeeded: number;
  failed: number;
  readonly reasons: Map<string, number>;
  readonly again: Bitmap;
  readonly usage: UsageSum;
}

/**
 * Delivers what became of the lines of an attempt that has ended, but for those that are to be asked again, which the next
 * attempt is made of.
 */
export async function readResults(work: Work, keeper: PartKeeper, index: number): Promise<void> {
  await work.reading(async () => await new Reading(work, keeper, index).run());
}

class Reading {
  readonly #work: Work;
  readonly #keeper: PartKeeper;
  readonly #index: number;
  /** As it was when reading began. */
  readonly #attempt: AttemptState;
  /** The lines that the next attempt asks again, where that is known already. */
  readonly #nextLines: Bitmap | undefined;
  readonly #delivered: Bitmap;
  /** Lines of the attempt of which the result was read. */
  readonly #seen: Bitmap;
  readonly #tally: Tally;

  constructor(work: Work, keeper: PartKeeper, index: number) {
    const { requests } = keeper.part;
    this.#work = work;
    this.#keeper = keeper;
    this.#index = index;
    this.#attempt = keeper.attempt(index);
    this.#delivered = new Bitmap(requests, work.redeliver ? undefined : this.#attempt.delivered);
    this.#seen = new Bitmap(requests);
    const next = keeper.state.attempts[index + 1]?.lines;
    this.#nextLines = next === undefined ? undefined : new Bitmap(requests, next);
    const again = new Bitmap(requests);
    this.#tally = { succeeded: 0, failed: 0, reasons: new Map(), again, usage: new UsageSum(work.costUsd) };
  }

  async run(): Promise<void> {
    const places = await this.#places();
    const isOutputGone = await this.#readFiles(places);
    const { batchId } = this.#attempt;
    // Answers that were in the output file are paid: whether to pay for them again is not decided here.
    const error = batchId === undefined ? cancelledError : isOutputGone ? goneError : missingError;
    for (const [customId, place] of places)
      if (!this.#seen.has(place))
        await this.#settle(place, { customId, error, mayPass: error === missingError });
    if (!this.#attempt.isRead) await this.#close();
  }

  /** Where in the part each custom id of the attempt is. */
  async #places(): Promise<ReadonlyMap<string, number>> {
    const { lines } = this.#attempt;
    const { number, requests } = this.#keeper.part;
    const wanted = lines === undefined ? undefined : new Bitmap(requests, lines);
    const places = new Map<string, number>();
    const { ids } = filesOfPart(this.#work.spool, number);
    for await (const line of readLines(createReadStream(ids), Number.POSITIVE_INFINITY)) {
      const place = line.number - 1;
      if (line.problem === undefined && wanted?.has(place) !== false)
        places.set(JSON.parse(line.text) as string, place);
    }
    return places;
  }

  /**
   * Reads again what broke off, or has less than the batch said that it answered: what is missing would be paid twice.
   *
   * @returns whether the output file is gone
   * @throws where the files cannot be read to their end
   */
  async #readFiles(places: ReadonlyMap<string, number>): Promise<boolean> {
    const { outputFileId, errorFileId, answered = 0 } = this.#attempt;
    let isAllRead = false;
    let isOutputGone = false;
    try {
      await persist(async () => {
        isAllRead = false;
        isOutputGone = !(await this.#readFile(outputFileId, places));
        const isWhole = (await this.#readFile(errorFileId, places)) && !isOutputGone;
        isAllRead = true;
        if (isWhole && this.#seen.count < Math.min(answered, places.size))
          throw new BrokenAnswer('Results are missing.');
      }, this.#work);
    } catch (error) {
      if (!isAllRead || this.#work.signal.aborted) throw error;
    }
    return isOutputGone;
  }

  /** @returns false where it is gone. Of results that were delivered before, that is an error */
  async #readFile(file: string | undefined, places: ReadonlyMap<string, number>): Promise<boolean> {
    if (file === undefined) return true;
    try {
      for await (const text of this.#work.provider.lines(file)) {
        const line = readResultLine(text);
        const place = line && places.get(line.customId);
        if (line && place !== undefined && !this.#seen.has(place)) await this.#settle(place, line);
      }
      return true;
    } catch (error) {
      if (this.#attempt.isRead || asObject(error)?.['status'] !== 404) throw error;
      return false;
    }
  }

  async #settle(place: number, line: ResultLine): Promise<void> {
    this.#seen.add(place);
    const { customId, response, error } = line;
    const tally = this.#tally;
    if (response) tally.usage.add(response.body);
    if (error && this.#isAskedAgain(place, line)) {
      tally.again.add(place);
      return;
    }
    if (error) countReason(tally.reasons, error);
    if (error) tally.failed += 1;
    else tally.succeeded += 1;
    if (this.#delivered.has(place)) return;
    const attempts = this.#index + 1;
    if (error) await this.#deliver(place, { customId, attempts, ...(response && { response }), error });
    else if (response) await this.#deliver(place, { customId, attempts, response });
  }

  #isAskedAgain(place: number, { mayPass }: ResultLine): boolean {
    if (this.#attempt.isRead) return this.#nextLines?.has(place) ?? false;
    const { maxAttempts, run } = this.#work;
    // What was delivered as failed, under another number of attempts, is final.
    return mayPass && this.#index + 1 < maxAttempts && !run().isCancelled && !this.#delivered.has(place);
  }

  async #deliver(place: number, result: Parameters<Work['results']['give']>[0]): Promise<void> {
    const { signal, results } = this.#work;
    signal.throwIfAborted();
    await results.give(result);
    this.#delivered.add(place);
    if (this.#attempt.isRead || this.#delivered.count % deliveredPerWrite > 0) return;
    const { succeeded, failed, reasons } = this.#tally;
    await this.#keeper.changeAttempt(this.#index, {
      delivered: this.#delivered.toString(),
      succeeded,
      failed,
      reasons: Object.fromEntries(reasons),
    });
  }

  async #close(): Promise<void> {
    const { succeeded, failed, reasons, again, usage } = this.#tally;
    const { tokens, requests } = this.#keeper.part;
    const next =
      again.count === 0
        ? undefined
        : newAttempt(again.count, Math.ceil((tokens * again.count) / requests), again.toString());
    await this.#keeper.closeAttempt(
      this.#index,
      {
        isRead: true,
        delivered: undefined,
        succeeded,
        failed,
        reasons: Object.fromEntries(reasons),
        usage: this.#attempt.usage ?? usage.usage,
        costUsd: this.#attempt.costUsd ?? usage.costUsd,
      },
      next,
    );
    const instruments = patternInstruments();
    const counts = { succeeded, failed, retried: again.count };
    for (const [result, count] of Object.entries(counts))
      if (count > 0) instruments?.batchRequests(count, { result });
  }
}

/** Beyond it they are counted together: a provider may put anything into a code. */
const mostReasons = 20;

function countReason(reasons: Map<string, number>, { code }: BatchRequestError): void {
  const own = code.slice(0, 64);
  const name = !reasons.has(own) && reasons.size >= mostReasons ? 'other' : own;
  reasons.set(name, (reasons.get(name) ?? 0) + 1);
}
