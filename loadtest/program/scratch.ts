import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

const prefix = 'unfinished-';
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Gives `work` a directory of its own inside `parent`, so that what it makes can be renamed into place, and removes it
 * whatever happens: an error, Ctrl-C, or the end of this process. What a process that was killed outright left behind
 * is removed by the next.
 */
export async function withScratch<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  mkdirSync(parent, { recursive: true });
  removeOrphans(parent);
  const directory = mkdtempSync(path.join(parent, `${prefix}${process.pid}-`));
  const remove = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  const onSignal = (signal: NodeJS.Signals): void => {
    stopListening();
    remove();
    // Whoever else listens decides what the signal means. Alone, it means the end, with the exit code that shells give
    // it; an exit, unlike a death by signal, lets `runProgram` end what it runs.
    if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal]);
  };
  const stopListening = (): void => {
    process.removeListener('exit', remove);
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, onSignal);
  try {
    return await work(directory);
  } finally {
    stopListening();
    remove();
  }
}

function removeOrphans(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix) || isRunning(Number.parseInt(name.slice(prefix.length), 10))) continue;
    rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
