import type { ModerationCreateParams } from 'openai/resources/moderations';
import pLimit from 'p-limit';
import { TelltaleError } from '../../errors.ts';
import { asArray, asObject } from '../../json.ts';
import type { Content } from './content.ts';
import type { GuardSettings } from './options.ts';
import { piecesOf, readable } from './pieces.ts';
import { judge, type Match, worst } from './policy.ts';

export interface Verdict {
  /** One for each category. */
  readonly matches: readonly Match[];
  /** Why some of it could not be moderated; undefined where all of it was. */
  readonly failure: unknown;
}

/** So that a request of moderation stays small beside the token limits of the model. */
const textsPerRequest = 32;
const requestsAtOnce = 8;

type Input = Exclude<ModerationCreateParams['input'], string>;

/** Asks the provider what it finds in something. */
export class Moderator {
  readonly #settings: GuardSettings;

  constructor(settings: GuardSettings) {
    this.#settings = settings;
  }

  /**
   * @param signal its caller's
   * @throws what the client throws when `signal` aborts, and nothing else
   */
  async ask(content: Content, signal?: AbortSignal): Promise<Verdict> {
    const { clock, timeoutMs } = this.#settings;
    const late = new AbortController();
    const cancel = clock.schedule(() => late.abort(), timeoutMs, 'work');
    const ends = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    const limited = pLimit(requestsAtOnce);
    const asked = await Promise.allSettled(
      inputsOf(content).map((input) => limited(() => this.#askOne(input, ends))),
    );
    cancel();
    const failed = asked.find((one) => one.status === 'rejected');
    if (failed && signal?.aborted) throw failed.reason;
    // What was found is found, though something else could not be told.
    const verdicts = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return {
      matches: worst(verdicts.flatMap(({ matches }) => matches)),
      failure:
        this.#failureOf(failed, late.signal, content) ??
        verdicts.find(({ failure }) => failure !== undefined)?.failure,
    };
  }

  async #askOne(input: Input, signal: AbortSignal): Promise<Verdict> {
    const { client, model, policy } = this.#settings;
    const answer: unknown = await client.moderations.create({ model, input }, { signal });
    const results = asObject(answer)?.['results'];
    const expected = isPicture(input) ? 1 : input.length;
    const judged = asArray(results).map((result) => judge(policy, result));
    const missing = judged.find((one) => one.missing !== undefined)?.missing;
    let failure: unknown;
    if (judged.length !== expected)
      failure = new TypeError(
        `The answer of the moderation has not the ${expected} results that were asked for.`,
      );
    else if (missing !== undefined)
      failure = new TypeError(
        `The answer says nothing, or no score, of \`${missing}\`, which the policy does not ignore.`,
      );
    return { matches: judged.flatMap(({ matches }) => matches), failure };
  }

  #failureOf(failed: PromiseRejectedResult | undefined, late: AbortSignal, { unreadable }: Content): unknown {
    if (failed && late.aborted)
      return new TelltaleError(
        'deadline_exceeded',
        `Moderation took longer than ${this.#settings.timeoutMs} ms.`,
      );
    if (failed) return failed.reason ?? new Error('Moderation failed without an error.');
    if (unreadable.length === 0) return undefined;
    return new TypeError(`Moderation cannot read this: ${unreadable.join(', ')}.`);
  }
}

/** Texts come many in one request. Of images the provider takes one in each. */
function inputsOf({ texts, images }: Content): readonly Input[] {
  const pieces = texts.flatMap((text) => piecesOf(readable(text)));
  const inputs: Input[] = images.map((url) => [{ type: 'image_url', image_url: { url } }]);
  for (let at = 0; at < pieces.length; at += textsPerRequest)
    inputs.push(pieces.slice(at, at + textsPerRequest));
  return inputs;
}

function isPicture(input: Input): boolean {
  return typeof input[0] === 'object';
}
