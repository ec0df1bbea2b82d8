import { describeWithSdk } from './compare.ts';
import { worlds } from './worlds.ts';

/** The client's debug lines show a request's options, of which its signal is one. */
const withoutSignal = (line: string): string =>
  line.replaceAll(/,?\s*signal: (?:AbortSignal )?\{[^}]*\}/g, '').replaceAll(/\s+/g, ' ');

// A deadline that no case reaches: every body has a guard and every request a signal, and nothing else may be different for it.
for (const world of worlds)
  describeWithSdk(world, { deadlineMs: 600_000, streamIdleMs: 600_000 }, withoutSignal);
