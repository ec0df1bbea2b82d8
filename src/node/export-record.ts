import type { Clock } from '../clock.ts';
import type { SignalFigures } from '../exporter-health.ts';

/** An export that takes longer than any time-out of an exporter is one that hangs. */
const longestExportMs = 60_000;

/** What is known of one exporter's exports. */
export class ExportRecord {
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** When those that are under way began. */
  readonly #pending = new Set<{ readonly sinceMs: number }>();
  #last: 'ok' | 'failing' | 'idle' = 'idle';
  #failedExports = 0;
  #dropped = 0;
  #sentMs: number | undefined;
  #droppedMs: number | undefined;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** An export begins; the function that it gives says how it ended, and counts once. */
  begin(items: unknown): (isOk: boolean) => void {
    const pending = { sinceMs: this.#clock.nowMs() };
    this.#pending.add(pending);
    return (isOk) => {
      if (!this.#pending.delete(pending)) return;
      this.#last = isOk ? 'ok' : 'failing';
      if (isOk) {
        this.#sentMs = this.#clock.nowMs();
        return;
      }
      this.#failedExports++;
      this.drop(countOf(items));
    };
  }

  /** So many were given up without an export. */
  drop(count: number): void {
    this.#dropped += count;
    this.#droppedMs = this.#clock.nowMs();
  }

  figures(): SignalFigures {
    const nowMs = this.#clock.nowMs();
    const hangs = [...this.#pending].some(({ sinceMs }) => nowMs - sinceMs > longestExportMs);
    return {
      state: hangs ? 'failing' : this.#last,
      failedExports: this.#failedExports,
      dropped: this.#dropped,
      ...(this.#sentMs !== undefined && { sinceLastExportMs: Math.round(nowMs - this.#sentMs) }),
      ...(this.#droppedMs !== undefined && { sinceLastDropMs: Math.round(nowMs - this.#droppedMs) }),
    };
  }
}

/** Spans and log records come as a list, metrics as one reading of all of them. */
export function countOf(items: unknown): number {
  return Array.isArray(items) ? items.length : 1;
}
