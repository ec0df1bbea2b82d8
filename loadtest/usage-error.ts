/** What the user must change; shown as its message alone, with no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
