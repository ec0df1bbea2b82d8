import type { GuardedAnswer, ModerationReport } from './answer.ts';
import type { Content } from './content.ts';
import { generate } from './generate.ts';
import { type TakenRequest, takeRequest } from './input-check.ts';
import type { Inspection } from './inspection.ts';
import type { GuardedBody, GuardedRequest, GuardSettings } from './options.ts';
import { contentOfAnswer, textOfAnswer } from './request-content.ts';

/** The caller waits for nothing else. */
export const allAlong = (): number => Number.NEGATIVE_INFINITY;

/** One request, by the mode of its guard. */
export async function answerGuarded(
  settings: GuardSettings,
  request: GuardedRequest,
  signal: AbortSignal | undefined,
  inspect: () => Inspection,
): Promise<GuardedAnswer<GuardedBody>> {
  const taken = await takeRequest(settings, request);
  const work = new GuardedWork(settings, taken, inspect(), signal);
  return settings.mode === 'after' ? await work.thenModerate() : await work.moderated();
}

class GuardedWork {
  readonly #settings: GuardSettings;
  readonly #request: GuardedRequest;
  readonly #content: Content;
  readonly #inspection: Inspection;
  readonly #signal: AbortSignal | undefined;

  constructor(
    settings: GuardSettings,
    { request, content }: TakenRequest,
    inspection: Inspection,
    signal: AbortSignal | undefined,
  ) {
    this.#settings = settings;
    this.#request = request;
    this.#content = content;
    this.#inspection = inspection;
    this.#signal = signal;
  }

  async moderated(): Promise<GuardedAnswer<GuardedBody>> {
    const { mode, moderateOutput } = this.#settings;
    const inspection = this.#inspection;
    const signal = this.#signal;
    try {
      const { response, costUsd } = await (mode === 'parallel' ? this.#atOnce() : this.#inTurn());
      if (moderateOutput) {
        const content = contentOfAnswer(response);
        const refusal = await inspection.check('output', content, { signal, waits: allAlong, costUsd });
        if (refusal) throw refusal;
      }
      inspection.end();
      const { report } = inspection;
      return {
        response,
        text: textOfAnswer(response),
        costUsd,
        ...report,
        moderated: Promise.resolve(report),
      };
    } catch (error) {
      inspection.end(error);
      throw error;
    }
  }

  async #inTurn() {
    const refusal = await this.#inspection.check('input', this.#content, {
      signal: this.#signal,
      waits: allAlong,
    });
    if (refusal) throw refusal;
    const generation = this.#generate(this.#signal);
    const response = await generation.result;
    return { response, costUsd: generation.costUsd() };
  }

  async #atOnce() {
    const { clock } = this.#settings;
    const stop = new AbortController();
    const ends = this.#signal ? AbortSignal.any([this.#signal, stop.signal]) : stop.signal;
    const generation = this.#generate(ends);
    let answeredMs: number | undefined;
    generation.result.then(
      () => {
        answeredMs = clock.nowMs();
      },
      () => {},
    );
    try {
      const refusal = await this.#inspection.check('input', this.#content, {
        signal: this.#signal,
        waits: () => answeredMs,
      });
      if (refusal) throw refusal;
    } catch (error) {
      stop.abort();
      throw error;
    }
    const response = await generation.result;
    return { response, costUsd: generation.costUsd() };
  }

  /** What has been delivered is moderated whatever becomes of its caller, so its signal does not end that. */
  async thenModerate(): Promise<GuardedAnswer<GuardedBody>> {
    const inspection = this.#inspection;
    const input = inspection.check('input', this.#content, {});
    const generation = this.#generate(this.#signal);
    let response: GuardedBody;
    try {
      response = await generation.result;
    } catch (error) {
      void input.finally(() => inspection.end(error));
      throw error;
    }
    const output = this.#settings.moderateOutput ? contentOfAnswer(response) : undefined;
    const moderated = afterwards(inspection, input, output);
    return {
      response,
      text: textOfAnswer(response),
      costUsd: generation.costUsd(),
      ...nothingYet,
      moderated,
    };
  }

  #generate(signal: AbortSignal | undefined) {
    return this.#inspection.span.within(() => generate(this.#settings.client, this.#request, signal));
  }
}

export const nothingYet: ModerationReport = {
  findings: [],
  failures: [],
  moderation: { inputMs: 0, outputMs: 0, addedMs: 0 },
};

/**
 * Moderates what was delivered. Neither check can throw: they have no signal.
 *
 * @param content undefined where the output is not to be moderated
 * @param failure what its caller got instead of the rest of it
 */
export async function afterwards(
  inspection: Inspection,
  input: Promise<unknown>,
  content: Content | undefined,
  failure?: unknown,
): Promise<ModerationReport> {
  const output = content && inspection.check('output', content, {});
  await Promise.all([input, output]);
  inspection.end(failure);
  return inspection.report;
}
