import path from 'node:path';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import { systemClock } from '../../clock.ts';
import { jsonText } from '../shared/figures-text.ts';
import { onInterrupt } from '../shared/interrupt.ts';
import { plain } from '../shared/plain.ts';
import { readViewArguments, type ViewArguments, viewHelp } from './arguments.ts';
import { openPage } from './open-page.ts';
import { readSelection, selected } from './selection.ts';
import { serveTraces, type ViewServer } from './server.ts';
import { findSource } from './sources.ts';
import { Traces } from './traces.ts';

/** Shows recorded traces until it is told to end, or prints their list. */
export async function view(args: readonly string[]): Promise<number> {
  const given = readViewArguments(args);
  if (!given) {
    process.stdout.write(viewHelp);
    return 0;
  }
  const data = path.resolve(given.data ?? given.env['TELLTALE_DATA'] ?? '.telltale');
  const source = findSource(given.source, process.cwd(), data, given.env['TELLTALE_TRACE_DIRECTORY']);
  const traces = new Traces(source, systemClock);
  await traces.refresh();
  process.stderr.write(`${plain(`Traces of ${source.name}: ${traces.notes()}`)}\n`);
  if (given.json) return printList(traces);
  return await serveUntilStopped(traces, given);
}

function printList(traces: Traces): number {
  for (const { searchText, ...trace } of selected(
    traces.store.summaries(),
    readSelection(new URLSearchParams()),
  ))
    process.stdout.write(`${jsonText({ ...trace, startedAt: new Date(trace.startMs).toISOString() })}\n`);
  return 0;
}

async function serveUntilStopped(traces: Traces, { port, opens }: ViewArguments): Promise<number> {
  const interrupt = onInterrupt();
  // Before anybody is told where the page is: they may end it at once.
  const isToEnd = new Promise<void>((resolve) =>
    interrupt.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const server = await serveOn(traces, port);
  process.stdout.write(`${server.url}\n`);
  process.stderr.write('Open it in a browser of this machine; Ctrl-C ends it.\n');
  if (opens)
    openPage(server.url, () =>
      process.stderr.write('No browser could be opened: open the address yourself.\n'),
    );
  await isToEnd;
  interrupt.end();
  await server.close();
  return 0;
}

async function serveOn(traces: Traces, port: number): Promise<ViewServer> {
  try {
    return await serveTraces(traces, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EADDRINUSE' ? 'is taken' : 'may not be used';
    throw new RunFailure(`Port ${port} ${why}. Choose another one with --port, or leave it out.`);
  }
}
