/** The run cannot go on, and it is no mistake of the user's; shown as its message alone. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
}
