import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Document } from '../../../src/patterns/document/document.ts';
import { readDocument } from '../../../src/patterns/document/read-document.ts';
import type { Part } from '../../../src/patterns/document/split/part.ts';
import { splitDocument } from '../../../src/patterns/document/split/split-document.ts';

async function markdown(text: string): Promise<Document> {
  return await readDocument({ name: 'a.md', data: text });
}

/** The texts of the blocks, put together from the parts alone. */
function putTogether(parts: readonly Part[]): readonly string[] {
  const texts = new Map<number, string>();
  for (const { pieces } of parts) {
    for (const { block, text, isOverlap } of pieces) {
      if (!isOverlap) texts.set(block, (texts.get(block) ?? '') + text);
    }
  }
  return [...texts.values()];
}

function sentences(count: number, seed: string): string {
  return Array.from({ length: count }, (_, index) => `This is sentence ${index} of ${seed}.`).join(' ');
}

const words = fc
  .array(
    fc.oneof(
      fc.lorem({ maxCount: 30, mode: 'sentences' }),
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.constantFrom(
        '👩‍👩‍👧‍👦'.repeat(40),
        '🇩🇪🇫🇷'.repeat(50),
        'é'.repeat(100),
        '中文没有空格。'.repeat(40),
        'x'.repeat(3_000),
      ),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.join(' ').trim())
  .filter((text) => text !== '');

const blocks = fc
  .array(fc.record({ text: words, level: fc.integer({ min: 0, max: 5 }) }), { maxLength: 10 })
  .map((all) => {
    const headings: string[] = [];
    return all.map(({ text, level }, index) => {
      if (level > 0 && level < 4)
        headings.splice(level - 1, headings.length, [...text].slice(0, 60).join(''));
      const isHeading = level > 0 && level < 4;
      const place = { block: index + 1, line: index + 1, headings: [...headings] };
      return isHeading
        ? { kind: 'heading' as const, level, text, place }
        : { kind: 'paragraph' as const, text, place };
    });
  });

describe('splitDocument', () => {
  it('loses nothing, and every part fits, whatever the document and the counter', () => {
    const counters = [
      undefined,
      // More in the whole than in its pieces, which no tokenizer promises not to do.
      (text: string) => Math.ceil(text.length / 4) + Math.floor(text.length / 100),
      (text: string) => new TextEncoder().encode(text).length,
    ];
    fc.assert(
      fc.property(
        blocks,
        fc.integer({ min: 48, max: 2_000 }),
        fc.constantFrom(...counters),
        fc.integer({ min: 0, max: 24 }),
        (given, maxTokens, countTokens, overlapTokens) => {
          const options = { maxTokens, overlapTokens, ...(countTokens && { countTokens }) };
          const parts = splitDocument({ blocks: given }, options);
          const count = countTokens ?? ((text: string) => Math.ceil(text.length / 4));

          expect(putTogether(parts)).toEqual(given.map((block) => block.text));
          for (const part of parts) {
            expect(part.tokens).toBe(count(part.text));
            expect(part.tokens).toBeLessThanOrEqual(maxTokens);
            expect(part.text).not.toMatch(/\p{Surrogate}/u);
            for (const { block, text } of part.pieces) {
              expect(part.text).toContain(`[b${block}] `);
              expect(part.text).toContain(text);
            }
            expect(part.places.map((place) => place.block)).toEqual([
              ...new Set(part.pieces.map((piece) => piece.block)),
            ]);
          }
          expect(parts.map((part) => part.number)).toEqual(parts.map((_, index) => index + 1));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never cuts within what people see as one character, as long as that fits', async () => {
    const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    for (const character of ['👩‍👩‍👧‍👦', '🇩🇪', 'e\u0301', '각']) {
      const document = await readDocument({ name: 'a.txt', data: character.repeat(1_000) });
      const parts = splitDocument(document, { maxTokens: 40 });

      expect(parts.length).toBeGreaterThan(5);
      for (const { pieces } of parts) {
        for (const { segment } of graphemes.segment(pieces[0]?.text ?? '')) expect(segment).toBe(character);
      }
    }
  });

  it('makes parts of about one size: never a tiny rest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 20, maxLength: 400 }),
        fc.integer({ min: 500, max: 3_000 }),
        (lengths, maxTokens) => {
          const given = lengths.map((length, index) => ({
            kind: 'paragraph' as const,
            text: 'y'.repeat(length),
            place: { block: index + 1, line: 1, headings: [] },
          }));
          const tokens = splitDocument({ blocks: given }, { maxTokens }).map((part) => part.tokens);
          if (tokens.length > 1) expect(Math.min(...tokens)).toBeGreaterThan(maxTokens / 4);
        },
      ),
    );
  });

  it('ends a part before a heading where that is about the middle, and never behind one', async () => {
    const text = [
      '# One',
      sentences(30, 'one'),
      '## Sub',
      sentences(12, 'sub'),
      '# Two',
      sentences(40, 'two'),
    ].join('\n\n');
    const parts = splitDocument(await markdown(text), { maxTokens: 480 });

    expect(parts.map((part) => part.pieces[0]?.text)).toEqual(['One', 'Two']);
    expect(parts[0]?.text.startsWith('[b1] # One\n\n[b2] This is')).toBe(true);
  });

  it('names the headings above a part that does not begin with them', async () => {
    const text = `# 2 Methods\n\n## 2.1 Data\n\n${sentences(100, 'data')}`;
    const parts = splitDocument(await markdown(text), { maxTokens: 300 });

    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts.slice(1)) {
      expect(part.headings).toEqual(['2 Methods', '2.1 Data']);
      expect(part.text.startsWith('[in: 2 Methods › 2.1 Data]\n\n[b3] This is sentence')).toBe(true);
      expect(part.places).toEqual([{ block: 3, line: 5, headings: ['2 Methods', '2.1 Data'] }]);
    }
  });

  it('cuts a long paragraph at its sentences, and a long sentence at its words', async () => {
    const cut = splitDocument(await markdown(sentences(200, 'all')), { maxTokens: 200 });
    for (const part of cut) expect(part.pieces[0]?.text).toMatch(/^This is .*\. ?$/s);

    const list = splitDocument(await markdown('word '.repeat(2_000)), { maxTokens: 200 });
    for (const part of list) expect(part.pieces[0]?.text).toMatch(/^(?:word )*word ?$/);
  });

  it('repeats the end of the part before, from the beginning of a sentence, if asked to', async () => {
    const parts = splitDocument(await markdown(sentences(200, 'all')), { maxTokens: 200, overlapTokens: 40 });

    for (const [index, part] of parts.entries()) {
      const [first] = part.pieces;
      expect(first?.isOverlap).toBe(index > 0);
      if (index > 0) {
        expect(first?.text).toMatch(/^This is sentence/);
        expect(parts[index - 1]?.text.endsWith(first?.text ?? 'nothing')).toBe(true);
      }
    }
  });

  it('reads what it splits a few times, however long it is', () => {
    for (const length of [100_000, 1_000_000]) {
      for (const text of ['x'.repeat(length), 'a b. '.repeat(length / 5), '中'.repeat(length)]) {
        let read = 0;
        const countTokens = (part: string): number => {
          read += part.length;
          return part.length / 3;
        };
        const place = { block: 1, line: 1, headings: [] };
        const parts = splitDocument(
          { blocks: [{ kind: 'paragraph', text, place }] },
          { maxTokens: 1_000, countTokens },
        );

        expect(putTogether(parts)[0] === text).toBe(true);
        expect(read).toBeLessThan(8 * length);
      }
    }
  });

  it('says what is wrong with its options', async () => {
    const document = await markdown('text');
    expect(() => splitDocument(document, { maxTokens: 3 })).toThrow(
      '`options.maxTokens` to be an integer of at least 32',
    );
    expect(() => splitDocument(document, { maxTokens: 100, overlapTokens: 51 })).toThrow('from 0 to 50');
    expect(() => splitDocument(document, { maxTokens: 100, countTokens: () => Number.NaN })).toThrow(
      '`options.countTokens`',
    );
    expect(() => splitDocument(document, { maxTokens: 100, countTokens: () => 101 })).toThrow(
      'enough for one character',
    );
    expect(splitDocument({ blocks: [] }, { maxTokens: 100 })).toEqual([]);
  });
});

it('gives up on a counter that finds nothing in pieces and too much in what they make', () => {
  const headings = ['a heading'];
  const blocks = ['some text', 'q '.repeat(8)].map((text, index) => ({
    kind: 'paragraph' as const,
    text,
    place: { block: index + 1, line: 1, headings },
  }));
  const countTokens = (text: string): number => (text.length < 20 ? 0 : 1_000);
  expect(() => splitDocument({ blocks }, { maxTokens: 32, countTokens })).toThrow('`options.countTokens`');
});
