import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { WholeAnswer } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import type { BrokenBodyFault, DripBodyFault, HugeBodyFault, NoBodyFault, NoUsageFault } from '../faults.ts';
import { quotaHeaders } from '../headers.ts';
import { type Latency, timingOf } from '../latency.ts';
import type { TokenUsage } from '../ledger.ts';
import { breakBody } from './broken-body.ts';
import { breakAfterHeaders } from './connection.ts';
import { beginWork } from './load.ts';
import { dripBody, padBody } from './slow-body.ts';
import { bodyWithoutUsage } from './usage.ts';

/** What sets the pace of answers. */
export interface Pace {
  readonly latency: Latency;
  readonly clock: Clock;
}

/** What can be done to an answer in one piece. */
export type WholeFault = NoBodyFault | BrokenBodyFault | DripBodyFault | HugeBodyFault | NoUsageFault;

export function deliverWhole(
  exchange: Exchange,
  answer: WholeAnswer,
  { latency }: Pace,
  fault: WholeFault | undefined,
): void {
  const { run, entry } = exchange;
  const { tokens, delayMs = 0 } = answer;
  const { callId } = entry;
  const atWork = beginWork(exchange);
  const { wholeMs } = timingOf(latency, { seed: run.plan.seed, callId, tokens, delayMs, atWork });
  exchange.after(wholeMs, () => {
    entry.usage = answer.usage;
    const headers = quotaOf(exchange, answer.usage);
    if (fault) sendFaulty(exchange, answer, headers, fault);
    else sendWhole(exchange, answer, headers);
  });
}

function sendWhole(exchange: Exchange, answer: WholeAnswer, headers: OutgoingHttpHeaders): void {
  noteWhole(exchange, answer);
  const { status = 200, contentType, body } = answer;
  deliverJson(exchange, status, body, { ...headers, ...typeOf(contentType) });
}

function sendFaulty(
  exchange: Exchange,
  answer: WholeAnswer,
  headers: OutgoingHttpHeaders,
  fault: WholeFault,
): void {
  const body = Buffer.from(answer.body);
  const { status = 200, contentType } = answer;
  const head = (length: number) =>
    exchange.head(status, jsonHeaders(length, { ...headers, ...typeOf(contentType) }));
  const done = () => noteWhole(exchange, answer);
  switch (fault.kind) {
    case 'no-usage':
      sendWhole(exchange, { ...answer, body: bodyWithoutUsage(body.toString('utf8')) }, headers);
      exchange.entry.usageSent = false;
      break;
    case 'drip-body':
      head(body.length);
      dripBody(exchange, body, fault, done);
      break;
    case 'huge-body':
      head(fault.bytes + body.length);
      padBody(exchange, body, fault, done);
      break;
    case 'reset-after-headers':
    case 'hang-after-headers':
      head(body.length);
      breakAfterHeaders(exchange, fault.kind);
      break;
    default:
      breakBody(exchange, body, fault, head);
  }
}

function typeOf(contentType: string | undefined): OutgoingHttpHeaders {
  return contentType === undefined ? {} : { 'content-type': contentType };
}

/** All of the answer is sent. */
function noteWhole({ entry }: Exchange, { usage, finishReason, effect }: WholeAnswer): void {
  entry.usageSent = usage !== null;
  entry.finishReason = finishReason;
  effect?.finish?.(entry);
}

export function deliverJson(exchange: Exchange, status: number, body: string | Buffer, headers = {}): void {
  exchange.head(status, jsonHeaders(Buffer.byteLength(body), headers));
  exchange.end(body, 'complete');
}

function jsonHeaders(length: number, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return { 'content-type': 'application/json', 'content-length': length, ...headers };
}

/** Limits that are enforced have told theirs already. */
export function quotaOf({ run }: Exchange, usage: Readonly<TokenUsage> | null): OutgoingHttpHeaders {
  if (run.gate) return {};
  return quotaHeaders(run.bucket.take(usage ? usage.inputTokens + usage.outputTokens : 0));
}
