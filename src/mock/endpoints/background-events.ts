import type { Body, StreamAnswer } from '../answer.ts';
import type { BackgroundTimes } from './background-times.ts';
import { type EventFields, eventText, parseEvents } from './event-text.ts';

/**
 * The events of a background response, by their place in the stream. They are those of the same answer in the
 * foreground, with `response.queued` after the first, each at its time: what opens the answer when it starts, its tokens
 * evenly after that, what closes it at its end. One that fails has those before its end, and then `response.failed`.
 */
export interface BackgroundEvents {
  readonly count: number;
  /** Since it was taken on, in milliseconds; never falling. */
  dueMs(place: number): number;
  text(place: number): string;
  /** Tokens of the answer that are made by then. */
  tokensAt(elapsedMs: number): number;
}

/** What is sent at once. */
export const EVENTS_AT_ONCE = 2;

export interface BackgroundAnswer {
  /** The same answer in the foreground. */
  readonly source: StreamAnswer;
  readonly times: BackgroundTimes;
  /** How it stands in the first events. */
  readonly queued: Body;
  /** How it stands in the last. */
  readonly final: Body & { readonly status: string };
}

export function eventsOf({ source, times, queued, final }: BackgroundAnswer): BackgroundEvents {
  const { startsAtMs, wholeAtMs, endsAtMs, fails } = times;
  const { tokens } = source;
  const opening = parseEvents(source.opening.text);
  const last: EventFields = { type: `response.${final.status}`, response: final };
  const closing = fails ? [last] : [...parseEvents(source.closing.text).slice(0, -1), last];
  const tokenMs = (index: number): number =>
    startsAtMs + ((wholeAtMs - startsAtMs) * (index + 1)) / (tokens + 1);
  function tokensAt(elapsedMs: number): number {
    let made = 0;
    while (made < tokens && tokenMs(made) <= elapsedMs) made++;
    return made;
  }
  const made = fails ? tokensAt(endsAtMs) : tokens;
  // One more than the source has, which says that it is queued.
  const firstToken = opening.length + 1;
  const firstClosing = firstToken + made;

  function fields(place: number): EventFields {
    if (place === 0) return { ...opening[0], type: 'response.created', response: queued };
    if (place === 1) return { type: 'response.queued', response: queued };
    if (place >= firstClosing) return closing[place - firstClosing] ?? last;
    if (place < firstToken) return opening[place - 1] ?? last;
    return parseEvents(source.tokenEvent(place - firstToken))[0] ?? last;
  }

  return {
    count: firstClosing + closing.length,
    dueMs(place) {
      if (place < EVENTS_AT_ONCE) return 0;
      if (place < firstToken) return startsAtMs;
      return place < firstClosing ? tokenMs(place - firstToken) : endsAtMs;
    },
    text: (place) => eventText(fields(place), place),
    tokensAt,
  };
}
