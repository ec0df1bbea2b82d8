import type { Exchange } from '../exchange.ts';
import type { DripBodyFault, HugeBodyFault } from '../faults.ts';

/** Sends the body piece by piece; `done` runs before the last of them. */
export function dripBody(
  exchange: Exchange,
  body: Buffer,
  { gapMs, pieceBytes = 16 }: DripBodyFault,
  done: () => void,
): void {
  function sendFrom(from: number) {
    const to = from + pieceBytes;
    if (to >= body.length) {
      done();
      return exchange.end(body.subarray(from), 'complete');
    }
    exchange.write(body.subarray(from, to));
    exchange.after(gapMs, () => sendFrom(to));
  }
  exchange.flush();
  sendFrom(0);
}

const spaces = Buffer.alloc(64 * 1_024, ' ');

/** Sends white space as fast as the network takes it, so that no more of it than one block is held, then the body. */
export function padBody(exchange: Exchange, body: Buffer, { bytes }: HugeBodyFault, done: () => void): void {
  let left = bytes;
  function proceed() {
    if (left === 0) {
      done();
      return exchange.end(body, 'complete');
    }
    const block = left < spaces.length ? spaces.subarray(0, left) : spaces;
    left -= block.length;
    exchange.write(block, proceed);
  }
  proceed();
}
