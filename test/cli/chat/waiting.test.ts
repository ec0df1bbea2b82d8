import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { sayWaiting } from '../../../src/cli/chat/waiting.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

function screen() {
  const written: string[] = [];
  const err = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  });
  return { err, written };
}

it('says after a few seconds that it waits, renews that, and takes it away', () => {
  const clock = createFakeClock();
  const { err, written } = screen();
  const end = sayWaiting({ err, isLive: true }, clock);
  clock.advance(3_900);
  expect(written).toEqual([]);
  clock.advance(100);
  clock.advance(1_000);
  expect(written).toEqual([
    '\r\u001b[Kstill waiting, 4 s; Ctrl-C stops it',
    '\r\u001b[Kstill waiting, 5 s; Ctrl-C stops it',
  ]);
  end();
  end();
  clock.advance(60_000);
  expect(written.slice(2)).toEqual(['\r\u001b[K']);
});

it('says nothing where an answer comes soon, or lines cannot renew themselves', () => {
  const clock = createFakeClock();
  const { err, written } = screen();
  const soon = sayWaiting({ err, isLive: true }, clock);
  soon();
  const end = sayWaiting({ err, isLive: false }, clock);
  clock.advance(60_000);
  end();
  expect(written).toEqual([]);
});
