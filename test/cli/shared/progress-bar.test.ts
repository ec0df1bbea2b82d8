import { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { barLine, clockTime, progressBar } from '../../../src/cli/shared/progress-bar.ts';
import { widthOf } from '../../../src/cli/shared/table.ts';
import type { Terminal } from '../../../src/cli/shared/terminal.ts';

const state = { label: 'report.pdf', done: 3, total: 8, before: 1, unit: 'steps', cost: '$0.0123' };

it('shows what is done, what it cost, how long it took and how long it will take', () => {
  expect(barLine(state, 20_000, 100)).toBe(
    `report.pdf  ${'█'.repeat(11)}${'░'.repeat(19)}   37%  3/8 steps   $0.0123   0:20  ETA  0:50`,
  );
  // Nothing was done in this run, so nobody knows how long the rest takes.
  expect(barLine({ ...state, before: 3 }, 20_000, 100)).not.toContain('ETA');
  expect(clockTime(3_723_000)).toBe('1:02:03');
});

it('fits any terminal, whatever it shows', () => {
  const states = fc.record({
    label: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('長い名前の文書.pdf')),
    done: fc.nat(9_999),
    total: fc.nat(9_999),
    before: fc.nat(9_999),
    unit: fc.constant('steps'),
    cost: fc.constantFrom('$0', '$0.000123', '$12.34 + ?'),
  });
  fc.assert(
    fc.property(states, fc.nat(1e8), fc.integer({ min: 10, max: 200 }), (given, elapsedMs, columns) => {
      const line = barLine(given, elapsedMs, columns);
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toContain('\n');
    }),
  );
});

it('writes lines where there is no terminal: one for each change, some time apart, and always the last', () => {
  let text = '';
  let nowMs = 0;
  const err = new Writable({
    write: (chunk, _, done) => {
      text += chunk;
      done();
    },
  });
  const clock = {
    nowMs: () => nowMs,
    epochMs: () => nowMs,
    random: () => 0,
    schedule: () => () => undefined,
  };
  const bar = progressBar({ err, isLive: false, columns: 80 } as unknown as Terminal, clock);
  for (let done = 0; done <= 8; done += 1) {
    bar.update({ ...state, done });
    bar.update({ ...state, done });
    nowMs += 1_000;
  }
  bar.end();
  expect(text.split('\n')).toEqual([
    ...[0, 2, 4, 6, 8].map((done) => expect.stringMatching(new RegExp(`^report\\.pdf: ${done} of 8 steps`))),
    '',
  ]);
});
