import type { Terminal } from './progress.ts';
import type { Run } from './run.ts';

/** What every way of getting a program works with. */
export interface Context {
  /** Git-ignored; programs are kept there. */
  readonly toolsDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Tells the user, a line at a time. */
  readonly say: (line: string) => void;
  readonly terminal: Terminal;
  readonly run: Run;
  /** The folder of the release's files, with a slash at its end. */
  readonly downloadBase: string;
  readonly downloadLimits: DownloadLimits;
}

export interface DownloadLimits {
  /** From asking to the head of the answer. A firewall that swallows packets costs no more than this. */
  readonly answerMs: number;
  /** Between two pieces of the body. */
  readonly stallMs: number;
}
