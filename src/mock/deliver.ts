import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Answer, Refusal, StreamAnswer, WholeAnswer } from './answer.ts';
import { insufficientQuotaBody, ONE_REQUEST_MS, rateLimitBody, serverErrorBody } from './error-bodies.ts';
import type { Exchange } from './exchange.ts';
import type {
  BrokenStreamFault,
  DripFault,
  Fault,
  RateLimitFault,
  RetryAfter,
  ServerErrorFault,
} from './faults.ts';
import { exhaustedHeaders, quotaHeaders, retryAfterDate, retryAfterHeaders } from './headers.ts';
import { type Latency, type Timing, timingOf } from './latency.ts';
import type { TokenUsage } from './ledger.ts';
import type { World } from './world.ts';

/** Sends `answer`, or what `fault` makes of it. */
export function deliver(
  exchange: Exchange,
  answer: Exclude<Answer, Refusal>,
  fault: Fault | undefined,
  model: Model,
): void {
  if (fault === undefined) {
    deliverAnswer(exchange, answer, model, undefined);
  } else if ('status' in fault) {
    deliverError(exchange, fault, model.clock);
  } else if ('delayMs' in fault) {
    exchange.after(fault.delayMs, () => deliverAnswer(exchange, answer, model, undefined));
  } else if (fault.kind === 'reset') {
    exchange.destroy('at-once');
  } else if (fault.kind === 'hang') {
    // Until the client has had enough.
  } else {
    deliverAnswer(exchange, answer, model, fault);
  }
}

/** What sets the pace of answers. */
interface Model {
  readonly latency: Latency;
  readonly clock: Clock;
}

function deliverAnswer(
  exchange: Exchange,
  answer: Exclude<Answer, Refusal>,
  { latency, clock }: Model,
  trouble: BrokenStreamFault | DripFault | undefined,
): void {
  const { run, entry } = exchange;
  const { tokens, delayMs = 0 } = answer;
  const { seed } = run.plan;
  const timing = timingOf(latency, { seed, callId: entry.callId, tokens, delayMs, atWork: begin(exchange) });
  const breaks = trouble?.kind === 'drip' ? undefined : trouble;
  const pace = trouble?.kind === 'drip' ? evenly(timing, trouble.gapMs) : timing;
  if (answer.kind === 'stream') deliverStream(exchange, answer, { timing: pace, clock, breaks });
  else exchange.after(timing.wholeMs, () => deliverWhole(exchange, answer));
}

/** How many requests a model works at. */
function loadIn(_world: World): { atWork: number } {
  return { atWork: 0 };
}

/** Counts a request as one at work until it ends, and says how many there are. */
function begin({ run, whenEnded }: Exchange): number {
  const load = run.world.part(loadIn);
  load.atWork++;
  whenEnded(() => load.atWork--);
  return load.atWork;
}

function evenly(timing: Timing, gapMs: number): Timing {
  const { firstTokenMs, tokensAtMs } = timing;
  return { ...timing, tokensAtMs: tokensAtMs.map((_, token) => firstTokenMs + token * gapMs) };
}

/** What the request says is refused at once, before any fault. */
export function deliverRefusal(exchange: Exchange, { status, body }: Refusal): void {
  deliverJson(exchange, status, body);
}

function deliverJson(exchange: Exchange, status: number, body: string | Buffer, headers = {}): void {
  exchange.head(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  exchange.end(body, 'complete');
}

function deliverError(exchange: Exchange, fault: RateLimitFault | ServerErrorFault, clock: Clock): void {
  const { entry } = exchange;
  const asked = askedWait(fault, clock);
  if (asked?.toldMs !== undefined) entry.retryAfterMs = asked.toldMs;
  if (fault.status !== 429) {
    deliverJson(exchange, fault.status, serverErrorBody(fault.status), asked?.headers);
  } else if (fault.code === 'insufficient_quota') {
    deliverJson(exchange, fault.status, insufficientQuotaBody, asked?.headers);
  } else {
    const waitMs = fault.retryAfterMs ?? ONE_REQUEST_MS;
    const { gate } = exchange.run;
    const limit = gate?.requestsPerMinute(entry.model);
    const quota = gate ? {} : exhaustedHeaders(waitMs);
    const headers = { ...quota, ...asked?.headers };
    deliverJson(exchange, fault.status, rateLimitBody(entry.model, waitMs, limit), headers);
  }
}

/** What the ledger says is told is what a client can obey: of a text that is no time, nothing. */
function askedWait(
  { retryAfterMs, retryAfterHeader = 'both', retryAfterText }: RetryAfter,
  clock: Clock,
): { headers: OutgoingHttpHeaders; toldMs?: number } | undefined {
  if (retryAfterText !== undefined) return { headers: { 'retry-after': retryAfterText } };
  if (retryAfterMs === undefined) return undefined;
  if (retryAfterHeader === 'date') return retryAfterDate(retryAfterMs, clock.epochMs());
  return retryAfterHeaders(retryAfterMs, retryAfterHeader);
}

function deliverWhole(exchange: Exchange, answer: WholeAnswer): void {
  const { body, usage, finishReason, status = 200, contentType } = answer;
  const { entry } = exchange;
  entry.usage = usage;
  entry.usageSent = usage !== null;
  entry.finishReason = finishReason;
  deliverJson(exchange, status, body, {
    ...quotaOf(exchange, usage),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  });
}

/** Limits that are enforced have told theirs already. */
function quotaOf({ run }: Exchange, usage: Readonly<TokenUsage> | null) {
  if (run.gate) return {};
  return quotaHeaders(run.bucket.take(usage ? usage.inputTokens + usage.outputTokens : 0));
}

/** A timer may fire this much early. */
const TIMER_GRAIN_MS = 1;

/** Sends each token when it is due; tokens that fell due while the process was busy go out together. */
function deliverStream(
  exchange: Exchange,
  answer: StreamAnswer,
  { timing, clock, breaks }: { timing: Timing; clock: Clock; breaks: BrokenStreamFault | undefined },
): void {
  const { entry } = exchange;
  const { opening, closing, tokens } = answer;
  const last = breaks ? Math.min(breaks.afterChunks ?? Math.floor(tokens / 2), tokens) : tokens;
  const billed: TokenUsage = { ...answer.usage, outputTokens: answer.usage.reasoningTokens };
  const beganMs = clock.nowMs();
  let sent = 0;

  function begin() {
    exchange.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...quotaOf(exchange, answer.usage),
    });
    entry.usage = billed;
    count();
    proceed(opening.text);
  }

  function proceed(before: string) {
    const elapsedMs = clock.nowMs() - beganMs;
    let text = before;
    while (sent < last && dueMs(sent) <= elapsedMs + TIMER_GRAIN_MS) text += answer.tokenEvent(sent++);
    count();
    if (sent === last) return finish(text);
    if (text !== '') exchange.write(text);
    exchange.after(dueMs(sent) - elapsedMs, () => proceed(''));
  }

  function count() {
    billed.outputTokens = answer.outputTokensAfter?.(sent) ?? answer.usage.reasoningTokens + sent;
    entry.chunksSent = opening.count + sent;
  }

  function dueMs(token: number): number {
    return timing.tokensAtMs[token] ?? 0;
  }

  function finish(text: string) {
    if (breaks) return breakOff(text, breaks.kind);
    entry.chunksSent += closing.count;
    entry.usage = answer.usage;
    entry.usageSent = answer.tellsUsage;
    entry.finishReason = answer.finishReason;
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
