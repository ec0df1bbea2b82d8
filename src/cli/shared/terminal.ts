import { createInterface } from 'node:readline/promises';
import type { Environment } from './environment.ts';

export { plain } from './plain.ts';

/** Where a command reads and writes: results go to `out`, everything else to `err`, so that output can be piped. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  readonly input: NodeJS.ReadableStream;
  /** Whether somebody sees `err` as a terminal: lines may renew themselves. */
  readonly isLive: boolean;
  /** Whether somebody can be asked: never with `BATCH_MODE=true`. */
  readonly mayAsk: boolean;
  readonly hasColour: boolean;
  /** How wide `out` is, or, where that is no terminal, `err`. @default 80 */
  readonly columns: number;
}

export function processTerminal(env: Environment): Terminal {
  const { stdin, stdout, stderr } = process;
  const isBatch = env['BATCH_MODE'] === 'true';
  const isLive = stderr.isTTY === true && env['TERM'] !== 'dumb';
  return {
    out: stdout,
    err: stderr,
    input: stdin,
    isLive: isLive && !isBatch,
    mayAsk: stdin.isTTY === true && stderr.isTTY === true && !isBatch,
    // https://no-color.org
    hasColour: stdout.isTTY === true && isLive && (env['NO_COLOR'] ?? '') === '',
    // Some terminals say 0 where they do not know.
    columns: stdout.columns || stderr.columns || 80,
  };
}

/**
 * Asks a question that is answered with yes or no; anything else is a no.
 *
 * @param terminal one that may ask
 * @throws an error where the signal ends it
 * @param onInterrupt is called at Ctrl-C, which a question takes for itself. @default it is a no
 */
export async function confirm(
  terminal: Terminal,
  question: string,
  signal: AbortSignal,
  onInterrupt?: () => void,
): Promise<boolean> {
  const lines = createInterface({ input: terminal.input, output: terminal.err });
  if (onInterrupt) lines.once('SIGINT', onInterrupt);
  // The end of the input is an answer too.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
