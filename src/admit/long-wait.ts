/** Who waits longer than this without a deadline is told of, once. */
export const longWaitMs = 60_000;

export function tellOfLongWait(waitMs: number, limit: string | undefined): true {
  process.emitWarning(
    `A call waits for \`${limit}\` and has no deadline: some ${Math.round(waitMs / 1000)} s. Give \`deadlineMs\` or \`queue.maxWaitMs\` to have such calls refused at once. This is said once.`,
    { type: 'TelltaleWarning', code: 'TELLTALE_LONG_WAIT' },
  );
  return true;
}
