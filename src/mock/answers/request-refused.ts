import type { Refusal } from '../answer.ts';

/** Thrown where an answer turns out to be impossible while it is made. */
export class RequestRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super('The request is refused.');
    this.refusal = refusal;
  }
}
