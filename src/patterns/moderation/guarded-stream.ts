import { AsyncLocalStorage } from 'node:async_hooks';
import { TelltaleError } from '../../errors.ts';
import type { GuardedAnswer } from './answer.ts';
import { Arrival } from './arrival.ts';
import { type Assembly, chatAssembly, responseAssembly } from './assembly.ts';
import type { Content } from './content.ts';
import { type Generation, generateStream } from './generate.ts';
import { afterwards, allAlong, nothingYet } from './guarded-answer.ts';
import { type TakenRequest, takeRequest } from './input-check.ts';
import type { Inspection } from './inspection.ts';
import { type GuardedRequest, type GuardSettings, isChat } from './options.ts';
import { wholeCharacter } from './pieces.ts';
import { contentOfAnswer, textOfAnswer } from './request-content.ts';
import { windowEnd, windowOverlap } from './windows.ts';

/**
 * The text of an answer, in pieces that were moderated before they are seen (in mode `after`, as they come). It can be read
 * once, and begins when it is. Whoever stops reading stops the generation.
 */
export class GuardedStream<R> implements AsyncIterable<string> {
  readonly #settings: GuardSettings;
  readonly #request: GuardedRequest;
  readonly #inspect: () => Inspection;
  /** That of whoever made the stream, which need not be that of whoever reads it. */
  readonly #inContext = AsyncLocalStorage.snapshot();
  /** Aborted when its reader has left, and when all is over. */
  readonly #stop = new AbortController();
  /** Of its reader or of its caller, whoever leaves first. */
  readonly #ends: AbortSignal;
  #isRead = false;
  #answer: GuardedAnswer<R | undefined> | undefined;

  constructor(
    settings: GuardSettings,
    request: GuardedRequest,
    signal: AbortSignal | undefined,
    inspect: () => Inspection,
  ) {
    this.#settings = settings;
    this.#request = request;
    this.#ends = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
    this.#inspect = inspect;
  }

  /**
   * The whole of it, once all was read and let through (in mode `after`, whatever was shown); undefined before. Its
   * `response` is undefined where the stream of a response broke off; that of a chat is there as far as it came.
   */
  get answer(): GuardedAnswer<R | undefined> | undefined {
    return this.#answer;
  }

  /** @throws TelltaleError as `respond` of the guard does; the reason of the caller's signal */
  [Symbol.asyncIterator](): AsyncIterableIterator<string, void, undefined> {
    if (this.#isRead) throw new TelltaleError('invalid_option', 'A guarded stream can be read once.');
    this.#isRead = true;
    const pieces = this.#pieces();
    return {
      next: () => pieces.next(),
      return: () => {
        // A pipe leaves while it waits for a piece, which a generator would let come first.
        this.#stop.abort();
        return pieces.return();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async *#pieces(): AsyncGenerator<string, void, undefined> {
    const taken = await this.#inContext(() => takeRequest(this.#settings, this.#request));
    const inspection = this.#inContext(() => this.#inspect());
    if (this.#settings.mode === 'after') yield* this.#shownAtOnce(inspection, taken);
    else yield* this.#shownWhenCleared(inspection, taken);
  }

  async *#shownWhenCleared(
    inspection: Inspection,
    taken: TakenRequest,
  ): AsyncGenerator<string, void, undefined> {
    const { clock, mode } = this.#settings;
    const signal = this.#ends;
    const arrival = new Arrival(clock);
    let end: { readonly error?: unknown } = {};
    try {
      let begun = mode === 'parallel' ? this.#begin(inspection, arrival, taken) : undefined;
      const waits = begun ? () => arrival.endedMs : allAlong;
      refuse(await this.#inContext(() => inspection.check('input', taken.content, { signal, waits })));
      begun ??= this.#begin(inspection, arrival, taken);
      const { assembly, generation } = begun;
      let text = '';
      let shown = 0;
      for (let more = await arrival.next(); more !== undefined; more = await arrival.next()) {
        text += more;
        let next = this.#showable(text, shown, arrival);
        while (next > shown) {
          const window = text.slice(wholeCharacter(text, Math.max(0, shown - windowOverlap)), next);
          await this.#checkOutput(inspection, arrival, begun, { ...nothing, texts: [window] });
          const piece = text.slice(shown, next);
          shown = next;
          yield piece;
          next = this.#showable(text, shown, arrival);
        }
      }
      signal.throwIfAborted();
      // Calls, refusals and other choices are known only now.
      const whole = assembly.answer();
      await this.#checkOutput(inspection, arrival, begun, contentSeen(whole, text));
      const { report } = inspection;
      this.#answer = {
        response: whole as R | undefined,
        text,
        costUsd: generation.costUsd(),
        ...report,
        moderated: Promise.resolve(report),
      };
      if (shown < text.length) yield text.slice(shown);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      end = { error };
      throw error;
    } finally {
      this.#stop.abort();
      inspection.end(end.error);
    }
  }

  async *#shownAtOnce(inspection: Inspection, taken: TakenRequest): AsyncGenerator<string, void, undefined> {
    const input = this.#inContext(() => inspection.check('input', taken.content, {}));
    const arrival = new Arrival(this.#settings.clock);
    const { assembly, generation } = this.#begin(inspection, arrival, taken);
    let text = '';
    let failure: unknown;
    try {
      for (let more = await arrival.next(); more !== undefined; more = await arrival.next()) {
        text += more;
        yield more;
      }
      this.#ends.throwIfAborted();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      failure = error;
      throw error;
    } finally {
      this.#stop.abort();
      // What was shown is moderated, also where its reader left amid it.
      const content = this.#settings.moderateOutput ? contentSeen(assembly.answer(), text) : undefined;
      const moderated = this.#inContext(() => afterwards(inspection, input, content, failure));
      this.#answer = {
        response: assembly.answer() as R | undefined,
        text,
        costUsd: generation.costUsd(),
        ...nothingYet,
        moderated,
      };
    }
  }

  #begin(inspection: Inspection, arrival: Arrival, { request }: TakenRequest): Begun {
    const assembly = isChat(request) ? chatAssembly() : responseAssembly();
    const generation = this.#inContext(() =>
      inspection.span.within(() => generateStream(this.#settings.client, request, this.#ends)),
    );
    void arrival.read(generation.result, assembly);
    return { assembly, generation };
  }

  /** Up to where the text may be shown once that was moderated. What has ended is moderated as a whole. */
  #showable(text: string, shown: number, arrival: Arrival): number {
    const { moderateOutput, windowCharacters } = this.#settings;
    if (!moderateOutput) return text.length;
    if (windowCharacters === undefined || arrival.endedMs !== undefined) return shown;
    return shown + windowEnd(text.slice(shown), windowCharacters);
  }

  async #checkOutput(
    inspection: Inspection,
    arrival: Arrival,
    { generation }: Begun,
    content: Content,
  ): Promise<void> {
    if (!this.#settings.moderateOutput) return;
    refuse(
      await this.#inContext(() =>
        inspection.check('output', content, {
          signal: this.#ends,
          waits: () => arrival.endedMs,
          costUsd: generation.costUsd(),
        }),
      ),
    );
  }
}

const nothing: Content = { texts: [], images: [], unreadable: [] };

interface Begun {
  readonly assembly: Assembly;
  readonly generation: Generation<AsyncIterable<unknown>>;
}

function refuse(refusal: TelltaleError | undefined): void {
  if (refusal) throw refusal;
}

/** The answer, and what was shown of it: that is the same only where the provider keeps its own word. */
function contentSeen(whole: unknown, text: string): Content {
  const content = contentOfAnswer(whole);
  return textOfAnswer(whole) === text ? content : { ...content, texts: [...content.texts, text] };
}
