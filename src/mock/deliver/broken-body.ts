import type { Exchange } from '../exchange.ts';
import type { BrokenBodyFault } from '../faults.ts';
import { resetAfterData } from './connection.ts';

/** Sends a part of the body, never all of it, and breaks off. */
export function breakBody(
  exchange: Exchange,
  body: Buffer,
  { kind, afterBytes = Math.floor(body.length / 2) }: BrokenBodyFault,
  head: (length: number) => void,
): void {
  const part = body.subarray(0, Math.min(afterBytes, body.length - 1));
  if (kind === 'malformed-body') {
    head(part.length);
    exchange.end(part, 'cut');
    return;
  }
  head(body.length);
  exchange.flush();
  if (kind === 'reset-body') exchange.write(part, () => resetAfterData(exchange));
  else exchange.write(part);
}
