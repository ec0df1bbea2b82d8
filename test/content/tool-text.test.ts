import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeToolText } from '../../src/content/content.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const redactor = createRedactor('full');

describe('what a tool is told or answers', () => {
  it('is the same JSON where there is room', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (value) => {
        const text = JSON.stringify(value);
        const room = Buffer.byteLength(text) + 16;
        // A number has one way to be written that is JSON's own.
        expect(writeToolText(text, redactor, room)).toEqual({
          text: JSON.stringify(JSON.parse(text)),
          cutBytes: 0,
        });
      }),
    );
  });

  it('is never longer than allowed, says what is missing, and is JSON if it was', () => {
    const texts = fc.string({ minLength: 0, maxLength: 3_000, unit: 'grapheme' });
    const values = fc.oneof(
      texts,
      fc.dictionary(fc.string(), texts),
      fc.array(fc.array(texts, { maxLength: 2 }), { maxLength: 300 }),
    );
    fc.assert(
      fc.property(values, fc.integer({ min: 1_024, max: 4_096 }), (value, mostBytes) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        const written = writeToolText(text, redactor, mostBytes);
        expect(Buffer.byteLength(written.text)).toBeLessThanOrEqual(mostBytes);
        expect(written.cutBytes > 0).toBe(Buffer.byteLength(text) > mostBytes || written.text !== text);
        if (typeof value !== 'string' && text.length <= mostBytes + 4_096)
          expect(() => JSON.parse(written.text) as unknown).not.toThrow();
      }),
    );
  });
});
