import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import path from 'node:path';
import type { Signal } from './receiver.ts';

/** Keeps the received bodies as they came, one a line. */
export interface RawBook {
  readonly files: Readonly<Record<Signal, string>>;
  write(signal: Signal, json: string): void;
  close(): Promise<void>;
}

/** The book's files, by their names in its folder. */
export const rawBookFiles: Readonly<Record<Signal, string>> = {
  traces: 'otlp-traces.jsonl',
  metrics: 'otlp-metrics.jsonl',
  logs: 'otlp-logs.jsonl',
};

export function openRawBook(directory: string): RawBook {
  const files = {
    traces: path.join(directory, rawBookFiles.traces),
    metrics: path.join(directory, rawBookFiles.metrics),
    logs: path.join(directory, rawBookFiles.logs),
  };
  const streams = {
    traces: createWriteStream(files.traces),
    metrics: createWriteStream(files.metrics),
    logs: createWriteStream(files.logs),
  };
  let failure: Error | undefined;
  for (const stream of Object.values(streams)) {
    stream.on('error', (error) => {
      failure ??= error;
    });
  }
  return {
    files,
    write: (signal, json) => streams[signal].write(`${oneLine(json)}\n`),
    async close() {
      await Promise.all(Object.values(streams).map(finish));
      if (failure) throw failure;
    },
  };
}

/** JSON in which lines break only between its parts, as a pretty printer breaks them. */
function oneLine(json: string): string {
  return json.includes('\n') ? JSON.stringify(JSON.parse(json)) : json;
}

async function finish(stream: WriteStream): Promise<void> {
  if (stream.destroyed) return;
  stream.end();
  await once(stream, 'close');
}
