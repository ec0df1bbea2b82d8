import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseSplitter } from '../../src/send/sse.ts';

const mebibyte = 1_024 * 1_024;

describe('an event that never ends', () => {
  it.each([
    ['in pieces of a megabyte', mebibyte, 1_000],
    ['in drops', 2, 3_000_000],
  ])('is let go of, and nothing of it is kept: %s', (_how, size, count) => {
    const splitter = new SseSplitter(7);
    const piece = Buffer.alloc(size, 'x');
    const before = process.memoryUsage().heapUsed;
    splitter.push(Buffer.from('data: '));
    for (let at = 0; at < count; at++) splitter.push(piece);
    // 64 MiB is the bound, and what was let go of may not have been collected yet.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(400 * mebibyte);
    expect(splitter.push(Buffer.from('\n\ndata: 1\n\n'))).toEqual(['1']);
  });

  it('hides none of those behind it, however the bytes are cut', () => {
    const ends = fc.constantFrom('\n\n', '\r\r', '\r\n\r\n');
    const length = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(
        fc.array(length, { maxLength: 8 }),
        ends,
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }),
        (lengths, end, sizes) => {
          const events = lengths.map((count, at) => `${at} ${'x'.repeat(count)}`);
          const stream = Buffer.from(events.map((data) => `data: ${data}${end}`).join(''));
          const tight = new SseSplitter(7, 200);
          const found: string[] = [];
          for (let from = 0, at = 0; from < stream.length; at++) {
            const to = from + (sizes[at % sizes.length] ?? 1);
            found.push(...tight.push(stream.subarray(from, to)));
            from = to;
          }
          expect(found.filter((data) => !events.includes(data))).toEqual([]);
          const short = events.filter((data) => data.length < 4);
          // What a piece takes beside its bytes counts too.
          if (sizes.every((size) => size > 20))
            expect(found.filter((data) => data.length < 4)).toEqual(short);
        },
      ),
      { numRuns: 500 },
    );
  });
});
