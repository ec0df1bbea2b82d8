import { parentPort, workerData } from 'node:worker_threads';
import { parseHere } from './parse-here.ts';
import type { Parsed, ParseTask } from './parsed.ts';
import { DocumentFault } from './unreadable.ts';

/** What the thread says at its end. */
export type ParseAnswer =
  | { readonly parsed: Parsed }
  | { readonly fault: string }
  | { readonly failure: string };

async function answer(task: ParseTask): Promise<ParseAnswer> {
  try {
    return { parsed: await parseHere(task) };
  } catch (error) {
    if (error instanceof DocumentFault) return { fault: error.message };
    // The parsers of libraries go down into what is nested by calls.
    if (error instanceof RangeError)
      return { fault: 'is nested too deeply to be read: save it in a simpler form.' };
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.postMessage(await answer(workerData as ParseTask));
