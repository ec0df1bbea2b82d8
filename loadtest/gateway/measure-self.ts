import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { GatewaySample } from './settings.ts';

let collect: (() => void) | undefined;

/** What this process holds, once what nobody needs any more is collected: only then does a leak show early. */
export function measureSelf(): GatewaySample {
  collect ??= collector();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    atEpochMs: Date.now(),
    heapBytes: heapUsed,
    rssBytes: rss,
    handles: process.getActiveResourcesInfo().length,
  };
}

/** V8's own, which needs no flag on the command line this way. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
