import { describeFault } from '../../describe-fault.ts';
import type { JobEvent } from './job.ts';
import { isEnd } from './job-record.ts';

const mostEnded = 10_000;

/** Tells the application of events: of the end of a job once, however many ask at the same moment how it is. */
export class ProgressTeller {
  readonly #tell: (event: JobEvent) => void;
  /** Whose end was told. The oldest go first. */
  readonly #ended = new Set<string>();
  #hasWarned = false;

  constructor(tell: (event: JobEvent) => void) {
    this.#tell = tell;
  }

  readonly tell = (event: JobEvent): void => {
    const { id, type } = event;
    if (isEnd(type)) {
      if (this.#ended.has(id)) return;
      this.#ended.add(id);
      const [oldest] = this.#ended;
      if (this.#ended.size > mostEnded && oldest !== undefined) this.#ended.delete(oldest);
    }
    try {
      this.#tell(event);
    } catch (error) {
      this.#warn(error);
    }
  };

  /** The id of one that was forgotten has a new job. */
  beginsAnew(id: string): void {
    this.#ended.delete(id);
  }

  /** What the application throws is its own, and stops no job. */
  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(
      `\`onProgress\` of background jobs failed: ${describeFault(error)}. It goes on being called; this is said once.`,
    );
  }
}
