import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import type { Clock } from '../../../clock.ts';
import { TelltaleError } from '../../../errors.ts';
import {
  type FileHolder,
  isThere,
  nameHolder,
  ownHolder,
  parseHolder,
  renewedMs,
} from '../../../file-holder.ts';

/**
 * Keeps two processes from one file. A process that was killed leaves its lock behind: it is taken over when no process
 * of that number lives, or another one has the number now; one of another machine (or container) when it has not been
 * renewed for a minute.
 */
export class FileLock {
  readonly #path: string;
  readonly #clock: Clock;
  #cancelRenewal: (() => void) | undefined;

  /** @throws TelltaleError `budget_file_locked`; and what the file system throws */
  constructor(lockPath: string, clock: Clock) {
    this.#path = lockPath;
    this.#clock = clock;
    const own = ownHolder();
    for (let attempt = 0; !create(lockPath, own); attempt++) {
      const holder = holderOf(lockPath);
      if (attempt >= 3 || isThere(holder, this.#silentMs(), own)) throw locked(lockPath, holder);
      moveAway(lockPath, holder, own);
    }
    this.#touch();
  }

  release(): void {
    this.#cancelRenewal?.();
    this.#cancelRenewal = undefined;
    rmSync(this.#path, { force: true });
  }

  #touch(): void {
    const seconds = this.#clock.epochMs() / 1_000;
    try {
      utimesSync(this.#path, seconds, seconds);
    } catch {
      // It was removed by somebody: nothing that a lock could do about it.
    }
    this.#cancelRenewal = this.#clock.schedule(() => this.#touch(), renewedMs, 'housekeeping');
  }

  #silentMs(): number {
    try {
      return this.#clock.epochMs() - statSync(this.#path).mtimeMs;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }
}

function create(lockPath: string, own: FileHolder): boolean {
  let file: number;
  try {
    file = openSync(lockPath, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, JSON.stringify(own));
  } finally {
    closeSync(file);
  }
  return true;
}

/** Of two that find a lock left behind, one moves it away, and the other may move away the new lock of the first. */
function moveAway(lockPath: string, expected: FileHolder | undefined, own: FileHolder): void {
  const aside = `${lockPath}.${own.pid}`;
  try {
    renameSync(lockPath, aside);
    if (JSON.stringify(holderOf(aside)) !== JSON.stringify(expected)) linkSync(aside, lockPath);
  } catch {
    // The other one was quicker, and whoever holds it now is looked at next.
  }
  rmSync(aside, { force: true });
}

function holderOf(lockPath: string): FileHolder | undefined {
  try {
    return parseHolder(readFileSync(lockPath, 'utf8'));
  } catch {
    return undefined;
  }
}

function locked(lockPath: string, holder: FileHolder | undefined): TelltaleError {
  return new TelltaleError(
    'budget_file_locked',
    `This budget file is in use by ${nameHolder(holder)}. Give each process a file of its own, or let them share \`redisBudgetStore\`. If that process is gone for certain, delete \`${lockPath}\`.`,
  );
}
