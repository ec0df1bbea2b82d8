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
import { hostname } from 'node:os';
import type { Clock } from '../../../clock.ts';
import { TelltaleError } from '../../../errors.ts';

const renewedMs = 10_000;
/** After so long without a sign of life, a lock of another machine is taken for one that was left behind. */
const foreignMs = 60_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What tells a process from a later one with the same number; empty where the system does not say. */
  readonly born: string;
}

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
    const own: Holder = { pid: process.pid, host: hostname(), born: bornOf(process.pid) };
    for (let attempt = 0; !create(lockPath, own); attempt++) {
      const holder = holderOf(lockPath);
      if (attempt >= 3 || this.#lives(holder, own)) throw locked(lockPath, holder);
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

  #lives(holder: Holder | undefined, own: Holder): boolean {
    const isRecent = this.#isRecent();
    // Somebody is about to write into it, or was killed before.
    if (!holder) return isRecent;
    if (holder.host !== own.host) return isRecent;
    if (!isAlive(holder.pid)) return false;
    const born = bornOf(holder.pid);
    return born === '' || holder.born === '' || born === holder.born;
  }

  #isRecent(): boolean {
    try {
      return this.#clock.epochMs() - statSync(this.#path).mtimeMs < foreignMs;
    } catch {
      return false;
    }
  }
}

function create(lockPath: string, own: Holder): boolean {
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
function moveAway(lockPath: string, expected: Holder | undefined, own: Holder): void {
  const aside = `${lockPath}.${own.pid}`;
  try {
    renameSync(lockPath, aside);
    if (JSON.stringify(holderOf(aside)) !== JSON.stringify(expected)) linkSync(aside, lockPath);
  } catch {
    // The other one was quicker, and whoever holds it now is looked at next.
  }
  rmSync(aside, { force: true });
}

function holderOf(lockPath: string): Holder | undefined {
  try {
    const { pid, host, born } = JSON.parse(readFileSync(lockPath, 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, born: typeof born === 'string' ? born : '' };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, and in which life of the machine: numbers are given again, in a container always the same. */
function bornOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of a process, in brackets, may hold anything. What follows it does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot} ${fields[19] ?? ''}`;
  } catch {
    return '';
  }
}

function locked(lockPath: string, holder: Holder | undefined): TelltaleError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new TelltaleError(
    'budget_file_locked',
    `This budget file is in use by ${who}. Give each process a file of its own, or let them share \`redisBudgetStore\`. If that process is gone for certain, delete \`${lockPath}\`.`,
  );
}
