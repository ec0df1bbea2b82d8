import type { FallbackRule } from '../attempt/fallback/fallback-options.ts';
import { type Asked, type FallbackStep, nextFallback } from '../attempt/fallback/next-fallback.ts';
import type { Outcome } from '../call.ts';
import type { CallRun } from './call-run.ts';
import type { Core } from './core.ts';
import { describeRequest, type ServerAddress, serverOf } from './describe.ts';
import type { Doors, ErrorClasses, MakeRequest, RequestOptions, ResponseProps } from './doors.ts';
import { errorTypeOf } from './error-type.ts';
import { linkOptions } from './links.ts';
import { steeredOptions } from './steering.ts';

/** `makeRequest` of an observed client; `journey` where the call may go on elsewhere. */
export type JourneyRequest = (
  ...args: [...Parameters<MakeRequest>, journey?: Journey]
) => Promise<ResponseProps>;

/**
 * A call that may go on elsewhere, from its first attempt until it was answered or has failed for good. Whatever would
 * end it in between is asked here first.
 */
export class Journey {
  readonly #rules: readonly FallbackRule[];
  readonly #tried: [Asked, ...Asked[]];
  /** The client that it went on to; undefined where it is the caller's own. */
  answeredBy: Doors | undefined;
  #run: CallRun | undefined;
  #next: FallbackStep | undefined;
  #isOver = false;

  constructor(rules: readonly FallbackRule[], wanted: string) {
    this.#rules = rules;
    this.#tried = [{ client: undefined, model: wanted }];
  }

  begin(run: CallRun): void {
    this.#run = run;
    run.journey = this;
  }

  /** True where it goes on elsewhere, once those who wait for the attempt that failed have heard of it. */
  get isLeaving(): boolean {
    return this.#next !== undefined;
  }

  /** Whether the call goes on rather than end in this way. */
  goesOn(outcome: Outcome, errorType: string | undefined): boolean {
    if (this.#isOver || (outcome !== 'error' && outcome !== 'refused')) return false;
    // There is no time left for anybody.
    if (this.#run?.steering?.deadline?.error) return false;
    this.#decide(errorType ?? '_OTHER');
    return this.isLeaving;
  }

  /** Whom to ask after an error; undefined where the call has failed for good. */
  nextAfter(error: unknown, classes: ErrorClasses): FallbackStep | undefined {
    // Of a call that was flushed nothing more is told, and its caller still waits.
    if (this.#run?.call.errorType === 'flushed') this.#decide(errorTypeOf(error, classes));
    return this.#next;
  }

  #decide(errorType: string): void {
    // A busy process hears of the end of a deadline later than it is there.
    const leftMs = this.#run?.steering?.deadline?.leftMs;
    this.#next ??= nextFallback(this.#rules, {
      errorType,
      tried: this.#tried,
      ...(leftMs !== undefined && { leftMs }),
    });
  }

  /** The same call's options with another body: its deadline goes on, its retries begin anew. */
  steer(options: RequestOptions): RequestOptions {
    const run = this.#run;
    if (!run?.steering) return options;
    const { steering } = run;
    run.steering = { ...steering, retries: steering.retries?.anew(run.call.attempts) };
    return steeredOptions(options, run.steering);
  }

  /** Goes on there. */
  leave(step: FallbackStep, options: RequestOptions, server: ServerAddress): void {
    this.#next = undefined;
    this.#tried.push(step);
    this.answeredBy = step.client as Doors | undefined;
    const run = this.#run;
    if (!run) return;
    run.request = describeRequest(options, server);
    // What a budget had sent instead was instead of the one that failed.
    delete run.call.sentModel;
    linkOptions(options, run);
    if (run.ended) return;
    const { serverAddress, serverPort } = server;
    const { model, reason } = step;
    run.call.fallbacks = [
      ...(run.call.fallbacks ?? []),
      { model, reason, serverAddress, ...(serverPort !== undefined && { serverPort }) },
    ];
  }

  /** It was answered, or nobody is left to ask. */
  finish(): void {
    this.#isOver = true;
  }
}

/**
 * Around the `makeRequest` of an observed client: where the first model has failed for good, the same call asks the
 * next. Only the first attempt is a call's own; those after it are nested in it.
 */
export function withFallback(
  client: Doors,
  core: () => Core,
  server: () => ServerAddress,
  observed: JourneyRequest,
): MakeRequest {
  return function makeRequest(optionsInput, retriesRemaining, retryOfRequestLogID) {
    const rules = core().fallback;
    // Most clients have none, and each turn of a promise has its price.
    return rules && retryOfRequestLogID === undefined
      ? travel(rules, optionsInput, retriesRemaining)
      : observed(optionsInput, retriesRemaining, retryOfRequestLogID);
  };

  async function travel(
    rules: readonly FallbackRule[],
    optionsInput: Parameters<MakeRequest>[0],
    retriesRemaining: number | null,
  ): Promise<ResponseProps> {
    const given = await optionsInput;
    const { endpoint, model, body } = describeRequest(given, server());
    const mayMove = endpoint !== 'other' && body !== undefined && model !== undefined;
    if (!mayMove || !rules.some(({ pattern }) => pattern.fits(model)))
      return await observed(given, retriesRemaining, undefined);
    const journey = new Journey(rules, model);
    // The client changes the options that it is given: Azure's has the model in its path afterwards.
    const asGiven = { ...given };
    let attempt = (): Promise<ResponseProps> => observed(given, retriesRemaining, undefined, journey);
    try {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          const next = journey.nextAfter(error, client.constructor);
          if (!next) throw error;
          const options = journey.steer({ ...asGiven, body: { ...body, model: next.model } });
          const other = next.client as Doors | undefined;
          journey.leave(next, options, other ? serverOf(other.baseURL, 'apiVersion' in other) : server());
          // Another client has limits of its own, and its own number of retries.
          attempt = other
            ? () => other.makeRequest(options, null, 'fallback')
            : () => observed(options, retriesRemaining, 'fallback', journey);
        }
      }
    } finally {
      journey.finish();
    }
  }
}
