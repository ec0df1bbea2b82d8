import { Worker } from 'node:worker_threads';
import type { Clock } from '../../clock.ts';
import { parseHere } from './parse-here.ts';
import type { ParseAnswer } from './parse-worker.ts';
import type { Parsed, ParseTask } from './parsed.ts';
import { DocumentFault } from './unreadable.ts';

export interface ParseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** What a document may take of memory while it is read, in bytes. */
const mostMemory = 2_000_000_000;
const memoryCheckMs = 250;

/**
 * Parses in a thread of its own: libraries read a document in one go, so only a thread can be ended in the middle when it
 * takes too long or unpacks to more than there is room for, and the caller's own work goes on meanwhile.
 *
 * @throws DocumentFault; the reason of `signal`
 */
export async function parse(task: ParseTask, options: ParseOptions): Promise<Parsed> {
  options.signal?.throwIfAborted();
  // Plain text takes one linear pass and no library.
  return task.type === 'text' ? await parseHere(task) : await parseInThread(task, options);
}

async function parseInThread(task: ParseTask, { clock, signal, timeoutMs }: ParseOptions): Promise<Parsed> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./parse-worker.${extension}`, import.meta.url), {
    workerData: task,
    // Flags of the process may fit only its own start, or load into each thread what is to run once.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: mostMemory / 1e6 },
    // What a library prints of a document is nobody's business.
    stdout: true,
    stderr: true,
  });
  const memoryBefore = process.memoryUsage.rss();
  const cancels = new Set<() => void>();
  try {
    return await new Promise<Parsed>((resolve, reject) => {
      const tooMuch = (): void =>
        reject(
          new DocumentFault('needs too much memory to be read: split it, or save it in a simpler form.'),
        );
      const watchMemory = (): void => {
        // Buffers that a library unpacks into are under no limit of the thread.
        if (process.memoryUsage.rss() - memoryBefore > mostMemory) tooMuch();
        else cancels.add(clock.schedule(watchMemory, memoryCheckMs, 'housekeeping'));
      };
      const late = (): void =>
        reject(
          new DocumentFault(`takes longer than ${timeoutMs} ms to read: split it, or raise \`timeoutMs\`.`),
        );
      const aborted = (): void => reject(signal?.reason);
      worker.on('message', (answer: ParseAnswer) => {
        if ('parsed' in answer) resolve(answer.parsed);
        else reject(new DocumentFault('fault' in answer ? answer.fault : brokenFault(answer.failure)));
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') tooMuch();
        else reject(new DocumentFault(brokenFault(error.message), { cause: error }));
      });
      worker.on('exit', (code) =>
        reject(new DocumentFault(brokenFault(`its reader ended with code ${code}`))),
      );
      signal?.addEventListener('abort', aborted, { once: true });
      cancels.add(() => signal?.removeEventListener('abort', aborted));
      cancels.add(clock.schedule(late, timeoutMs, 'work'));
      watchMemory();
    });
  } finally {
    for (const cancel of cancels) cancel();
    await worker.terminate();
  }
}

function brokenFault(reason: string): string {
  return `is broken (${reason}): open it in the program that made it, and save it again.`;
}
