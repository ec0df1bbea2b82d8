import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { plain } from '../shared/terminal.ts';

/** What is kept of a turn: how it went, and nothing of what was said. */
export interface TurnLine {
  readonly session: string;
  readonly turn: number | null;
  /** Null while nobody traces. */
  readonly traceId: string | null;
  readonly responseId: string | null;
  readonly model: string;
  readonly outcome: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Of the whole turn, summaries included; null where it is not known. */
  readonly costUsd: number | null;
  readonly durationMs: number;
}

/** A file with a line of JSON for each turn. A log that cannot be written is told of once, and ends no conversation. */
export class TurnLog {
  readonly #file: string;
  readonly #epochMs: () => number;
  readonly #tell: (sentence: string) => void;
  #hasFailed = false;

  constructor(directory: string, epochMs: () => number, tell: (sentence: string) => void) {
    this.#file = path.join(directory, 'chat.log');
    this.#epochMs = epochMs;
    this.#tell = tell;
  }

  write(line: TurnLine): void {
    const time = new Date(this.#epochMs()).toISOString();
    try {
      appendFileSync(this.#file, `${JSON.stringify({ time, ...line })}\n`, { mode: 0o600 });
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#tell(
        `The log cannot be written: ${plain(error instanceof Error ? error.message : String(error))}`,
      );
    }
  }
}
