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

export function openRawBook(directory: string): RawBook {
  const files = {
    traces: path.join(directory, 'otlp-traces.jsonl'),
    metrics: path.join(directory, 'otlp-metrics.jsonl'),
  };
  const streams = { traces: createWriteStream(files.traces), metrics: createWriteStream(files.metrics) };
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
