import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FileLine, readLines } from '../../../src/patterns/batch/read-lines.ts';

async function read(chunks: readonly Uint8Array[], maxBytes = 1_000): Promise<readonly FileLine[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const lines: FileLine[] = [];
  for await (const line of readLines(source(), maxBytes)) lines.push(line);
  return lines;
}

const text = (value: string): Uint8Array => Buffer.from(value);

test('lines are the same however the bytes come', async () => {
  const content = fc.array(fc.string({ unit: fc.constantFrom('a', ' ', '{', '"', 'é', '日', '🦊', '\0') }), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat(60)),
      async (lines, end, cuts) => {
        const bytes = text(lines.join(end));
        const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((to, at) => bytes.subarray(places[at], to));
        const expected = lines
          .map((line, at) => ({ number: at + 1, text: line }))
          .filter((line) => line.text.trim() !== '');
        expect(await read(chunks)).toEqual(expected);
      },
    ),
    { numRuns: 50 },
  );
});

test('a byte order mark, blank lines and a missing last line feed are nothing to complain of', async () => {
  expect(await read([text('\ufeff{"a":1}\r\n\r\n  \n{"b":2}')])).toEqual([
    { number: 1, text: '{"a":1}' },
    { number: 4, text: '{"b":2}' },
  ]);
  expect(await read([])).toEqual([]);
});

test('what is no text, or too long, is told of by its line, and those after it are read', async () => {
  const lines = [
    text('ok\n'),
    Uint8Array.of(0xff, 0xfe, 10),
    text('x'.repeat(30)),
    text('x'.repeat(30)),
    text('\nend'),
  ];
  expect(await read(lines, 50)).toEqual([
    { number: 1, text: 'ok' },
    { number: 2, problem: 'is not UTF-8 text' },
    { number: 3, problem: 'is longer than 50 bytes' },
    { number: 4, text: 'end' },
  ]);
});
