import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that holds a file, as its lock says. */
export interface FileHolder {
  readonly pid: number;
  readonly host: string;
  /** What tells a process from a later one with the same number; empty where the system does not say. */
  readonly born: string;
}

/** How often a holder shows that it lives. */
export const renewedMs = 10_000;
/** After so long without a sign of life, a holder of another machine is taken for one that is gone. */
const foreignMs = 60_000;

export function ownHolder(): FileHolder {
  return { pid: process.pid, host: hostname(), born: bornOf(process.pid) };
}

/** @returns undefined for what is no holder, as of one that was killed before it had written all of it */
export function parseHolder(text: string): FileHolder | undefined {
  try {
    const { pid, host, born } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, born: typeof born === 'string' ? born : '' };
  } catch {
    return undefined;
  }
}

/**
 * Whether a holder still is there: seen at once where it is of this machine, else by its last sign of life.
 *
 * @param silentMs since when it gave none
 */
export function isThere(holder: FileHolder | undefined, silentMs: number, own: FileHolder): boolean {
  if (!holder || holder.host !== own.host) return silentMs < foreignMs;
  if (!isAlive(holder.pid)) return false;
  const born = bornOf(holder.pid);
  return born === '' || holder.born === '' || born === holder.born;
}

export function nameHolder(holder: FileHolder | undefined): string {
  return holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
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
