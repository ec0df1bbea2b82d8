/** Runs snippets one after another, each in a folder of its own, and tells how each ended. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunNews, RunPlan } from './run-plan.ts';

let current = '';
let fault: string | undefined;
/** A promise that a snippet forgot is a fault of that snippet. */
process.on('unhandledRejection', (error) => {
  fault ??= `nobody handles ${textOf(error)}`;
});
process.on('uncaughtException', (error) => {
  fault ??= textOf(error);
});
process.once('message', async (plan: RunPlan) => {
  for (const file of plan.files) {
    current = file;
    fault = undefined;
    await tell({ kind: 'begins', file });
    const directory = path.join(plan.directory, path.basename(file));
    cpSync(plan.fixtures, directory, { recursive: true });
    process.chdir(directory);
    try {
      await import(pathToFileURL(file).href);
    } catch (error) {
      fault ??= textOf(error);
    }
    // What was begun and not awaited fails in the turns after.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await tell({ kind: 'ended', file, ...(fault !== undefined && { fault }) });
  }
  // Servers, timers and connections of the snippets would keep it alive.
  process.exit(0);
});
process.once('exit', (code) => {
  if (code !== 0) process.stderr.write(`${current} ended the process with ${code}\n`);
});

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function tell(news: RunNews): Promise<void> {
  return new Promise((resolve) => process.send?.(news, undefined, undefined, () => resolve()));
}
