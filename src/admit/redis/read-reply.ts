import { NonsenseError, type StoreReply, type StoreRequest, type Verdict } from '../shared/store.ts';
import { scriptVersion } from './admit-script.ts';

/** @throws NonsenseError where it is not what this version of the script gives for such a request */
export function readReply(given: unknown, { waiters, meters, leases, told }: StoreRequest): StoreReply {
  const [version, nowText, epoch, live, waits, figures, granted, foreign, ...rest] = listOf(given);
  if (version !== `telltale ${scriptVersion}` || rest.length > 0) throw new NonsenseError('another version');
  if (typeof epoch !== 'string' || epoch === '') throw new NonsenseError('no epoch');
  if (listOf(figures).length < meters.length) throw new NonsenseError('figures missing');
  return {
    nowMs: numberIn(nowText, 0),
    epoch,
    liveInstances: integerIn(live, 0),
    verdicts: listOf(waits, waiters.length).map(verdictOf),
    // Those of corrections follow them, and nobody asks for theirs.
    meters: listOf(figures)
      .slice(0, meters.length)
      .map((one) => {
        const [used, roomInMs] = listOf(one, 2);
        return { used: numberIn(used, Number.NEGATIVE_INFINITY), roomInMs: integerIn(roomInMs, 0) };
      }),
    leases: listOf(granted, leases.length).map((one) => {
      const [count, tokens] = listOf(one, 2);
      return { count: integerIn(count, 0), tokens: integerIn(tokens, 0) };
    }),
    foreign: listOf(foreign, told.length).map((amount) => integerIn(amount, 0)),
  };
}

function verdictOf(given: unknown): Verdict {
  const wait = integerIn(given, -2);
  if (wait === -1) return 'admitted';
  return wait === -2 ? undefined : wait;
}

function listOf(given: unknown, length?: number): readonly unknown[] {
  if (Array.isArray(given) && (length === undefined || given.length === length)) return given;
  throw new NonsenseError('not a list as it should be');
}

function integerIn(given: unknown, min: number): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= min) return given;
  throw new NonsenseError('not an integer as it should be');
}

function numberIn(given: unknown, min: number): number {
  const value = typeof given === 'string' && given !== '' ? Number(given) : Number.NaN;
  if (Number.isFinite(value) && value >= min) return value;
  throw new NonsenseError('not a number as it should be');
}
