import type { Effect, StreamAnswer } from '../answer.ts';
import { type BackgroundEvents, EVENTS_AT_ONCE } from './background-events.ts';
import { eventText, parseEvents } from './event-text.ts';

export interface BackgroundStream {
  readonly source: StreamAnswer;
  readonly events: BackgroundEvents;
  /** The first event that is sent. */
  readonly from: number;
  /** The first that is not sent any more. */
  readonly to: number;
  /** Since the response was taken on, in milliseconds. */
  elapsedMs(): number;
  onStop(stop: () => void): void;
  readonly effect: Effect;
}

/** Events of a background response: at once those of which the time has come, the others at theirs. */
export function streamBackground(stream: BackgroundStream): StreamAnswer {
  const { source, events, from, to, elapsedMs, onStop, effect } = stream;
  const first = Math.min(Math.max(from, EVENTS_AT_ONCE), to);
  const opening = Array.from({ length: Math.max(0, first - from) }, (_, index) => events.text(from + index));
  return {
    kind: 'stream',
    opening: { text: opening.join(''), count: opening.length },
    tokens: to - first,
    tokenEvent: (index) => events.text(first + index),
    errorEvent: (index) =>
      parseEvents(source.errorEvent(0))
        .map((fields) => eventText(fields, first + index))
        .join(''),
    // The last event comes at its own time, as the others.
    closing: { text: '', count: 0 },
    usage: null,
    tellsUsage: false,
    finishReason: null,
    timing() {
      const nowMs = elapsedMs();
      const tokensAtMs = Array.from({ length: to - first }, (_, index) =>
        Math.max(0, events.dueMs(first + index) - nowMs),
      );
      return { firstTokenMs: 0, tokensAtMs, wholeMs: 0 };
    },
    onStop,
    effect,
  };
}
