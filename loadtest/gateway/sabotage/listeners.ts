import type { Call } from '../../../src/call.ts';
import type { CallObserver, Observer } from '../../../src/observer.ts';

/** Spoils what a listener hears of its call; the call itself is not touched. */
export type Spoil = (listener: CallObserver, call: Call, telemetry: Observer) => CallObserver;

/** Puts a bug in front of the first of the observers, which is the telemetry. */
export function spoilTelemetry(spoil: Spoil): (observers: readonly Observer[]) => readonly Observer[] {
  return (observers) =>
    observers.map((observer, index) => {
      if (index > 0) return observer;
      return function spoiledObserver(call) {
        const listener = observer(call);
        return listener && spoil(listener, call, observer);
      };
    });
}

/** All of a listener's methods, bound to it: it may be an instance of a class. */
export function passOn(listener: CallObserver): CallObserver {
  return {
    attemptStarted: (attempt) => listener.attemptStarted?.(attempt),
    within: (attempt, send) => (listener.within ? listener.within(attempt, send) : send()),
    requestSending: (attempt, headers) => listener.requestSending?.(attempt, headers),
    attemptEnded: (attempt) => listener.attemptEnded?.(attempt),
    throttled: (throttle) => listener.throttled?.(throttle),
    refused: (refusal) => listener.refused?.(refusal),
    backoffStarted: (backoff) => listener.backoffStarted?.(backoff),
    backoffEnded: (backoff) => listener.backoffEnded?.(backoff),
    chunkRead: (call, gapMs) => listener.chunkRead?.(call, gapMs),
    get wantsContent() {
      return listener.wantsContent === true;
    },
    contentRecorded: (call, content) => listener.contentRecorded?.(call, content),
    ended: (call) => listener.ended?.(call),
  };
}
