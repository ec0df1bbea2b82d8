import type { Body, Effect, StreamAnswer, WholeAnswer } from '../answer.ts';
import { happeningsOf } from '../happenings.ts';
import type { OpenEntry, TokenUsage } from '../ledger.ts';
import type { World } from '../world.ts';
import { json } from './answers.ts';
import { type BackgroundEvents, eventsOf } from './background-events.ts';
import { streamBackground } from './background-stream.ts';
import { timesOf } from './background-times.ts';
import { parseEvents } from './event-text.ts';

/** Why a response ended. */
export type JobEnd = 'completed' | 'incomplete' | 'failed' | 'cancelled';

/** A response that is made in the background. Its time begins with `begin`. */
export interface BackgroundJob {
  readonly id: string;
  /** Whether it was made with `stream: true`, and so can be streamed again. */
  readonly isStreamed: boolean;
  begin(entry: OpenEntry): void;
  /** Since it began, in milliseconds. */
  elapsedMs(): number;
  /** As it is now. */
  response(): Body;
  /** Its answer as a whole, for the request that made it or for one that asks how it is. */
  answer(): WholeAnswer;
  /** The answer of the request that cancels it, unless it has ended. */
  cancelAnswer(): WholeAnswer;
  /** Its events from this place on. */
  stream(from: number): StreamAnswer;
  /** Books what it cost on the request that made it, as far as that is known. */
  book(): void;
}

export interface JobSetting {
  readonly world: World;
  readonly callId: string;
  readonly attempt: number;
  /** The same answer in the foreground. */
  readonly source: StreamAnswer;
  readonly isStreamed: boolean;
  whenOver(end: JobEnd, response: Body): void;
}

const failure = {
  code: 'server_error',
  message: 'The server had an error while processing your request. Sorry about that!',
};

export function createJob(setting: JobSetting): BackgroundJob {
  const { world, source, isStreamed } = setting;
  const { clock } = world;
  const times = timesOf(world.plan.background, world.seed, setting.callId, setting.attempt);
  const started = parseEvents(source.opening.text)[0]?.['response'] as Body;
  const base: Body = { ...started, background: true, completed_at: null };
  const id = String(base['id']);
  const whole = parseEvents(source.closing.text).at(-1)?.['response'] as Body;
  const stoppers = new Set<() => void>();
  let startedMs: number | undefined;
  let entry: OpenEntry | undefined;
  let cancelledAtMs: number | undefined;
  let over: { readonly end: JobEnd; readonly response: Body; readonly usage: TokenUsage | null } | undefined;
  let endedAtMs = 0;
  let isTold = false;
  let cancelTimer = (): void => {};
  let jobEnded = (): void => {};

  const naturalEnd: JobEnd = times.fails ? 'failed' : (whole['status'] as JobEnd);
  const final = times.fails
    ? { ...base, status: 'failed', error: failure }
    : { ...whole, background: true, status: naturalEnd, completed_at: completedAt() };
  const cancelled = { ...base, status: 'cancelled' };
  const events: BackgroundEvents = eventsOf({ source, times, queued: { ...base, status: 'queued' }, final });

  function completedAt(): number | null {
    if (whole['status'] !== 'completed') return null;
    return Math.floor((clock.epochMs() + times.endsAtMs) / 1_000);
  }

  function elapsedMs(): number {
    return startedMs === undefined ? 0 : clock.nowMs() - startedMs;
  }

  function endNaturally(): void {
    finish(naturalEnd, final, times.fails ? null : source.usage);
  }

  function finish(end: JobEnd, response: Body, usage: TokenUsage | null): void {
    if (over) return;
    over = { end, response, usage };
    endedAtMs = world.elapsedMs();
    cancelTimer();
    for (const stop of end === 'cancelled' ? stoppers : []) stop();
    stoppers.clear();
    book();
    setting.whenOver(end, response);
    happeningsOf(world).tell({ type: `response.${end}`, data: { id } });
    jobEnded();
  }

  function cancel(): void {
    if (over) return;
    cancelledAtMs = elapsedMs();
    finish('cancelled', cancelled, usageAt(cancelledAtMs));
  }

  /** What had been made by then. */
  function usageAt(atMs: number): TokenUsage | null {
    if (atMs < times.startsAtMs || !source.usage) return null;
    const { reasoningTokens } = source.usage;
    return { ...source.usage, outputTokens: reasoningTokens + events.tokensAt(atMs) };
  }

  function response(): Body {
    if (over) return over.response;
    return { ...base, status: elapsedMs() < times.startsAtMs ? 'queued' : 'in_progress' };
  }

  function book(): void {
    if (!entry) return;
    if (over) {
      entry.usage = over.usage;
      entry.usageSent = isTold;
    }
    entry.job = over ? { id, status: over.end, endedAtMs } : { id, status: 'pending' };
  }

  function tell(): void {
    isTold = over !== undefined && (over.end === 'completed' || over.end === 'incomplete');
    book();
  }

  function answerWith(now: Body, effect: Effect): WholeAnswer {
    function finishAnswer(): void {
      if (now === over?.response) tell();
    }
    return { ...json(now), effect: { ...effect, finish: finishAnswer } };
  }

  function stream(from: number): StreamAnswer {
    const to = cancelledAtMs === undefined ? events.count : endAt(from, cancelledAtMs);
    const effect: Effect = {
      finish() {
        if (from >= events.count || to < events.count) return;
        // The last event was told. A timer may be early by a little, and what was told is so.
        endNaturally();
        tell();
      },
    };
    return streamBackground({
      source,
      events,
      from,
      to,
      elapsedMs,
      // One that was asked for after a cancel has its end already.
      onStop: cancelledAtMs === undefined ? onStop : () => {},
      effect,
    });
  }

  /** The place after the last event that was due by then. */
  function endAt(from: number, atMs: number): number {
    let to = from;
    while (to < events.count && events.dueMs(to) <= atMs) to++;
    return to;
  }

  function onStop(stop: () => void): void {
    if (cancelledAtMs !== undefined) stop();
    else if (!over) stoppers.add(stop);
  }

  return {
    id,
    isStreamed,
    elapsedMs,
    response,
    stream,
    book,
    begin(created) {
      entry = created;
      startedMs = clock.nowMs();
      jobEnded = world.beginJob(created);
      cancelTimer = world.later(times.endsAtMs, endNaturally);
      book();
    },
    answer: () => answerWith(response(), {}),
    cancelAnswer: () => answerWith(over?.response ?? cancelled, { begin: cancel }),
  };
}
