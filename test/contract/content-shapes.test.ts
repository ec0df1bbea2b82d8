import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contentOf } from './content-of.ts';
import { shapes } from './content-shapes.ts';
import { perform } from './perform.ts';
import { RecordBook } from './record-book.ts';
import { type EndedSpan, isCall } from './span-book.ts';
import { worlds } from './worlds.ts';

describe.each(worlds)('openai $version, the form of content', (world) => {
  let book: RecordBook;
  beforeAll(() => {
    book = new RecordBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  const call = (): EndedSpan => {
    const [span, ...others] = book.spans.own.filter(isCall);
    if (!span || others.length > 0) throw new Error(`${others.length + 1} calls`);
    return span;
  };
  describe.each(['redacted', 'full'] as const)("content: '%s'", (mode) => {
    it.each(shapes)('shows $name and changes nothing of it', async (shape) => {
      const [bare, observed] = [
        await perform(shape, world, false),
        await perform(shape, world, true, { content: mode }),
      ];
      expect(observed.error).toEqual(bare.error);
      expect(observed.result).toStrictEqual(bare.result);
      expect(observed.exchanges).toEqual(bare.exchanges);
      expect(observed.openCalls).toBe(0);
      const content = (world.major === 6 ? shape.contentBy6 : undefined) ?? shape.content;
      expect(contentOf(call())).toEqual(content);
      expect(call().attributes['telltale.content.mode']).toBe(mode);
      expect(book.said).toEqual([]);
    });
  });
});
