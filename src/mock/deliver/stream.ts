import type { StreamAnswer } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import type { BrokenStreamFault, DripFault, DuplicateFault, NoBodyFault, NoUsageFault } from '../faults.ts';
import { type Timing, timingOf } from '../latency.ts';
import type { TokenUsage } from '../ledger.ts';
import { breakAfterHeaders } from './connection.ts';
import { beginWork } from './load.ts';
import { streamWithoutUsage } from './usage.ts';
import { type Pace, quotaOf } from './whole.ts';

/** What can be done to a stream. */
export type StreamFault = NoBodyFault | DripFault | BrokenStreamFault | DuplicateFault | NoUsageFault;

/** A timer may fire this much early. */
const TIMER_GRAIN_MS = 1;

/** Sends each token when it is due; tokens that fell due while the process was busy go out together. */
export function deliverStream(
  exchange: Exchange,
  whole: StreamAnswer,
  { latency, clock }: Pace,
  fault: StreamFault | undefined,
): void {
  const { run, entry } = exchange;
  const answer = fault?.kind === 'no-usage' ? streamWithoutUsage(whole) : whole;
  const { opening, closing, tokens, delayMs = 0 } = answer;
  const { callId } = entry;
  const atWork = beginWork(exchange);
  const own = answer.timing?.();
  const timing = paceOf(
    own ?? timingOf(latency, { seed: run.plan.seed, callId, tokens, delayMs, atWork }),
    fault,
    own !== undefined,
  );
  const breaks = breakOf(fault);
  const twice = fault?.kind === 'duplicate' ? (fault.everyNth ?? 1) : undefined;
  // Where nothing closes the answer its last token does, and a broken stream never comes to that.
  const most = closing.count === 0 ? tokens - 1 : tokens;
  const last = breaks ? Math.max(0, Math.min(breaks.afterChunks ?? Math.floor(tokens / 2), most)) : tokens;
  const { usage } = answer;
  const billed: TokenUsage | null = usage && { ...usage, outputTokens: usage.reasoningTokens };
  const beganMs = clock.nowMs();
  let sent = 0;
  let repeated = 0;
  let isOver = false;

  function begin() {
    exchange.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...quotaOf(exchange, answer.usage),
    });
    entry.usage = billed;
    if (fault?.kind === 'hang-after-headers' || fault?.kind === 'reset-after-headers') {
      return breakAfterHeaders(exchange, fault.kind);
    }
    answer.onStop?.(stop);
    if (isOver) return;
    count();
    proceed(opening.text);
  }

  function stop() {
    if (isOver) return;
    isOver = true;
    exchange.end('', 'complete');
  }

  function proceed(before: string) {
    if (isOver) return;
    const elapsedMs = clock.nowMs() - beganMs;
    let text = before;
    while (sent < last && dueMs(sent) <= elapsedMs + TIMER_GRAIN_MS) text += eventsOf(sent++);
    count();
    if (sent === last) return finish(text);
    if (text !== '') exchange.write(text);
    exchange.after(dueMs(sent) - elapsedMs, () => proceed(''));
  }

  function count() {
    if (billed) billed.outputTokens = answer.outputTokensAfter?.(sent) ?? billed.reasoningTokens + sent;
    entry.chunksSent = opening.count + repeated + sent;
  }

  function eventsOf(token: number): string {
    const event = answer.tokenEvent(token);
    const isTwice = twice !== undefined && (token + 1) % twice === 0;
    if (isTwice) repeated++;
    return isTwice ? event + event : event;
  }

  function dueMs(token: number): number {
    return timing.tokensAtMs[token] ?? 0;
  }

  function finish(text: string) {
    isOver = true;
    if (breaks) return breakOff(text, breaks.kind);
    entry.chunksSent += closing.count;
    entry.usage = answer.usage;
    entry.usageSent = answer.tellsUsage;
    entry.finishReason = answer.finishReason;
    answer.effect?.finish?.(entry);
    exchange.end(text + closing.text, 'complete');
  }

  function breakOff(text: string, kind: BrokenStreamFault['kind']) {
    if (kind === 'cut') exchange.end(text, 'cut');
    else if (kind === 'malformed') exchange.end(`${text}data: {"id":"chatcmpl\n\n`, 'cut');
    else if (kind === 'error-event') exchange.end(text + answer.errorEvent(sent), 'cut');
    else if (kind === 'stall') exchange.write(text);
    else exchange.write(text, () => exchange.destroy('after-data'));
  }

  exchange.after(timing.firstTokenMs, begin);
}

/** A dripping stream is even; `atLeast`: no token comes before its own time. */
function paceOf(timing: Timing, fault: StreamFault | undefined, atLeast: boolean): Timing {
  if (fault?.kind !== 'drip') return timing;
  const { firstTokenMs, tokensAtMs } = timing;
  return {
    ...timing,
    tokensAtMs: tokensAtMs.map((atMs, token) => {
      const evenMs = firstTokenMs + token * fault.gapMs;
      return atLeast ? Math.max(atMs, evenMs) : evenMs;
    }),
  };
}

function breakOf(fault: StreamFault | undefined): BrokenStreamFault | undefined {
  switch (fault?.kind) {
    case 'cut':
    case 'reset-midstream':
    case 'stall':
    case 'malformed':
    case 'error-event':
      return fault;
    default:
      return undefined;
  }
}
