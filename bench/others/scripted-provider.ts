import type { ClientOptions } from 'openai';
import { answer } from '../subjects.ts';

type Fetch = NonNullable<ClientOptions['fetch']>;

/** A provider that gives the answers that are put to it first, once each, and from then on the bench's own. */
export class ScriptedProvider {
  readonly #next: Fetch[] = [];

  readonly fetch: Fetch = (url, init) => (this.#next.shift() ?? answer)(url, init);

  answerNext(response: () => Response): void {
    this.#next.push(async () => response());
  }

  /** The next request gets the bench's own answer, but has to wait for it. */
  answerNextAfter(delayMs: number): void {
    this.#next.push(async (url, init) => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return answer(url, init);
    });
  }
}
