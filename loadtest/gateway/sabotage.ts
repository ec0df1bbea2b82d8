import type { Attempt, Call, Usage } from '../../src/call.ts';
import type { CallObserver, Observer } from '../../src/observer.ts';

/** A bug to plant, so that anyone can see the verdict turn red. */
export type Sabotage = 'lost-attempt' | 'double-tokens' | 'open-span';

export const sabotages: readonly Sabotage[] = ['lost-attempt', 'double-tokens', 'open-span'];

/** Spoils what a listener hears of its call; the call itself is not touched. */
type Spoil = (listener: CallObserver, call: Call) => CallObserver;

/** Puts the bug between the wrapper and the first of its observers, which is the telemetry. */
export function plant(sabotage: Sabotage, observers: readonly Observer[]): Observer[] {
  const spoil = spoilers[sabotage]();
  return observers.map((observer, index) => {
    if (index > 0) return observer;
    return function spoiledObserver(call) {
      const listener = observer(call);
      return listener && spoil(listener, call);
    };
  });
}

const spoilers: Readonly<Record<Sabotage, () => Spoil>> = {
  /** It is not told of every 50th attempt that is a retry. */
  'lost-attempt': () => {
    const isFiftieth = everyNth(50);
    return (listener) => {
      const hidden = new WeakSet<Attempt>();
      return {
        ...passOn(listener),
        attemptStarted: (attempt) => {
          if (attempt.index > 0 && isFiftieth()) hidden.add(attempt);
          else listener.attemptStarted?.(attempt);
        },
        within: (attempt, send) =>
          hidden.has(attempt) || !listener.within ? send() : listener.within(attempt, send),
        requestSending: (attempt, headers) => {
          if (!hidden.has(attempt)) listener.requestSending?.(attempt, headers);
        },
        attemptEnded: (attempt) => {
          if (!hidden.has(attempt)) listener.attemptEnded?.(attempt);
        },
      };
    };
  },
  /** Every 100th call whose tokens the provider told is told with twice as many. */
  'double-tokens': () => {
    const isHundredth = everyNth(100);
    return (listener) => ({
      ...passOn(listener),
      ended: (call) => {
        if (call.usage.source === 'provider' && isHundredth()) call.usage = doubled(call.usage);
        listener.ended?.(call);
      },
    });
  },
  /** It never hears that every 100th call has ended. */
  'open-span': () => {
    const isHundredth = everyNth(100);
    return (listener) => {
      const { ended: _never, ...others } = passOn(listener);
      return isHundredth() ? others : listener;
    };
  },
};

function everyNth(nth: number): () => boolean {
  let count = 0;
  return () => ++count % nth === 0;
}

function doubled(usage: Usage): Usage {
  const { source, ...counts } = usage;
  return { source, ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count * 2])) };
}

/** All of a listener's methods, bound to it: it may be an instance of a class. */
function passOn(listener: CallObserver): CallObserver {
  return {
    attemptStarted: (attempt) => listener.attemptStarted?.(attempt),
    within: (attempt, send) => (listener.within ? listener.within(attempt, send) : send()),
    requestSending: (attempt, headers) => listener.requestSending?.(attempt, headers),
    attemptEnded: (attempt) => listener.attemptEnded?.(attempt),
    throttled: (throttle) => listener.throttled?.(throttle),
    backoffStarted: (backoff) => listener.backoffStarted?.(backoff),
    backoffEnded: (backoff) => listener.backoffEnded?.(backoff),
    chunkRead: (call, gapMs) => listener.chunkRead?.(call, gapMs),
    ended: (call) => listener.ended?.(call),
  };
}
