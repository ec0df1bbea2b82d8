import { readFileSync } from 'node:fs';
import { newTraceId, tracesBody } from './bodies.ts';
import type { Collector } from './collector.ts';
import { type Row, some, within } from './rows.ts';
import { waitUntil } from './wait-until.ts';

/** Above what the program itself takes, and far below what is sent. */
const limitMib = 80;
const spikeMib = 20;
/** What Go keeps besides its heap, and what comes between two looks at it. */
const slackMib = 120;
const mostMib = 320;
const enoughRefused = 10;
const spanKib = 64;

/** To be merged over the configuration, so that little is already too much. */
export const littleMemory: readonly string[] = [
  `yaml:processors::memory_limiter::limit_mib: ${limitMib}`,
  `yaml:processors::memory_limiter::spike_limit_mib: ${spikeMib}`,
  'yaml:processors::memory_limiter::check_interval: 100ms',
];

/**
 * More than the limit allows, held for the sampler's decision: the collector has to answer 503 and stay small, and to take
 * spans again when what it held is gone.
 */
export async function memoryRows(collector: Collector): Promise<Row[]> {
  // A decimal fraction: the redaction looks no further at it.
  const text = `0.${'1'.repeat(spanKib * 1024)}`;
  let refused = 0;
  let bodies = 0;
  let largestMib = 0;
  const perBody = 32;
  // One body, sent again and again: to make it must not be what takes the time.
  const spans = Array.from({ length: perBody }, () => ({
    name: 'large',
    traceId: newTraceId(),
    attributes: { text },
  }));
  const json = JSON.stringify(tracesBody(spans));
  while (refused < enoughRefused * perBody && bodies * perBody * spanKib < mostMib * 1024) {
    bodies++;
    if ((await collector.sendText('traces', json)) === 503) refused += perBody;
    largestMib = Math.max(largestMib, residentMib(collector.pid));
  }
  const counted = (await collector.self()).sum('otelcol_receiver_refused_spans_total');
  const takes = async (): Promise<boolean> =>
    (await collector.send('traces', tracesBody([{ name: 'small', traceId: newTraceId() }]))) === 200;
  const again = await waitUntil(takes, 60_000);
  return [
    some(
      `spans refused with 503, of ${Math.round((bodies * perBody * spanKib) / 1024)} MiB sent under a limit of ${limitMib}`,
      refused,
    ),
    { ...some('of which it has counted as refused', counted), ok: counted >= refused && refused > 0 },
    ...(largestMib > 0
      ? [within('MiB of memory at most', [0, limitMib + slackMib], Math.round(largestMib))]
      : []),
    {
      what: 'spans are taken again when memory is free',
      expected: 'yes',
      got: again ? 'yes' : 'no',
      ok: again,
    },
  ];
}

/** 0 where the system does not say. */
function residentMib(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}
