import type { Answer, Refusal } from './answer.ts';
import { breakInHeaders, deliverPage } from './deliver/connection.ts';
import { deliverError } from './deliver/error.ts';
import { omitted, skewedDate, withType } from './deliver/head.ts';
import { deliverStream, type StreamFault } from './deliver/stream.ts';
import { deliverJson, deliverWhole, type Pace, type WholeFault } from './deliver/whole.ts';
import type { Exchange } from './exchange.ts';
import type { Fault, KindFault } from './faults.ts';

type GoodAnswer = Exclude<Answer, Refusal>;

/** Sends `answer`, or what `fault`, which fits it, makes of it. */
export function deliver(exchange: Exchange, answer: GoodAnswer, fault: Fault | undefined, pace: Pace): void {
  if (fault === undefined) {
    deliverGood(exchange, answer, pace);
  } else if ('status' in fault) {
    deliverError(exchange, fault, pace.clock);
  } else if ('delayMs' in fault) {
    exchange.after(fault.delayMs, () => deliverGood(exchange, answer, pace));
  } else {
    deliverKind(exchange, answer, fault, pace);
  }
}

/** What the request says is refused at once, before any fault. */
export function deliverRefusal(exchange: Exchange, { status, body }: Refusal): void {
  deliverJson(exchange, status, body);
}

function deliverKind(exchange: Exchange, answer: GoodAnswer, fault: KindFault, pace: Pace): void {
  switch (fault.kind) {
    case 'refuse':
    case 'reset':
      exchange.destroy('at-once');
      break;
    case 'reset-in-headers':
      breakInHeaders(exchange);
      break;
    case 'hang':
      // Until the client has had enough.
      break;
    case 'html-page':
      deliverPage(exchange, fault);
      break;
    case 'content-type':
      exchange.amend(withType(fault));
      deliverGood(exchange, answer, pace);
      break;
    case 'no-headers':
      exchange.amend(omitted(fault));
      deliverGood(exchange, answer, pace);
      break;
    case 'clock-skew':
      exchange.tell(skewedDate(fault, pace.clock));
      deliverGood(exchange, answer, pace);
      break;
    default:
      deliverGood(exchange, answer, pace, fault);
  }
}

function deliverGood(
  exchange: Exchange,
  answer: GoodAnswer,
  pace: Pace,
  fault?: StreamFault | WholeFault,
): void {
  // Only faults that fit the answer come here.
  if (answer.kind === 'stream') deliverStream(exchange, answer, pace, fault as StreamFault | undefined);
  else deliverWhole(exchange, answer, pace, fault as WholeFault | undefined);
}
