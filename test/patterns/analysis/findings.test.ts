import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkFindings, findingsSchema } from '../../../src/patterns/analysis/findings.ts';
import { groupResults, planReductions } from '../../../src/patterns/analysis/reduce.ts';
import { resolveReferences } from '../../../src/patterns/analysis/references.ts';
import type { Document } from '../../../src/patterns/index.ts';

const reference = fc.record({ block: fc.integer(), quote: fc.string() });
const point = fc.record({ text: fc.string(), references: fc.array(reference, { maxLength: 2 }) });
const answer = fc.record({
  summary: fc.string(),
  key_points: fc.array(point, { maxLength: 2 }),
  recommendations: fc.array(point, { maxLength: 2 }),
});

/** Anything, and answers in which something is off. */
const damaged = fc
  .tuple(
    answer,
    fc.jsonValue(),
    fc.constantFrom('summary', 'key_points', 'recommendations', 'more'),
    fc.nat(3),
  )
  .map(([whole, value, name, how]) => {
    const copy = structuredClone(whole);
    if (how === 0) Object.assign(copy, { [name]: value });
    if (how === 1) Reflect.deleteProperty(copy, name);
    if (how === 2 && copy.key_points[0]) Object.assign(copy.key_points[0], { references: value });
    if (how === 3 && copy.key_points[0]?.references[0])
      Object.assign(copy.key_points[0].references[0], { block: value });
    return copy;
  });

it('takes exactly what the schema takes, but for blank texts', () => {
  const validate = new Ajv().compile(findingsSchema);
  const isBlank = (text: unknown): boolean => typeof text === 'string' && text.trim() === '';
  fc.assert(
    fc.property(fc.oneof(answer, damaged, fc.jsonValue()), (value) => {
      const checked = checkFindings(JSON.stringify(value));
      const isValid = validate(JSON.parse(JSON.stringify(value)));
      if ('findings' in checked) return isValid;
      if (!isValid) return true;
      const { summary, key_points, recommendations } = value as Record<string, { text: unknown }[]>;
      const points = [...(key_points ?? []), ...(recommendations ?? [])];
      return [summary, ...points.map(({ text }) => text)].some(isBlank);
    }),
    { numRuns: 500 },
  );
});

it('names the places of what is wrong', () => {
  const check = (value: unknown) => checkFindings(JSON.stringify(value));
  expect(checkFindings('{"summary": ')).toEqual({
    problems: [expect.stringMatching(/^the answer is no JSON/)],
  });
  expect(check([])).toEqual({ problems: expect.arrayContaining(['the answer is no object']) });
  const points = [
    { text: 'a', references: [{ block: 1.5, quote: 'q' }] },
    { text: ' ', references: [], x: 1 },
  ];
  expect(check({ summary: 's', key_points: points, recommendations: 'none' })).toEqual({
    problems: [
      'key_points[0].references[0].block is no whole number',
      'key_points[1] has "x", which is not asked for',
      'key_points[1].text is blank',
      'recommendations is no list',
    ],
  });
});

it('puts results together in order, at least two at a time, within the room where two fit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 300 }),
      (sizes, room) => {
        const groups = groupResults(sizes, room);
        expect(groups.flat()).toEqual(sizes.map((_, at) => at));
        groups.forEach((group, at) => {
          const total = group.reduce((sum, place) => sum + (sizes[place] ?? 0), 0);
          if (group.length > 2) expect(total).toBeLessThanOrEqual(room);
          // Only the last one may stand alone: so every round leaves fewer.
          if (at < groups.length - 1) expect(group.length).toBeGreaterThanOrEqual(2);
        });
      },
    ),
  );
  expect(planReductions(1, 10, 100)).toEqual([]);
  expect(planReductions(8, 40, 100)).toEqual([80, 80, 80, 80, 80, 80, 80]);
});

it('shows nothing as a quote that is not in the document', () => {
  const text = fc.stringMatching(/^[a-zA-Z“”"' \n–-]{1,80}$/).filter((one) => one.trim() !== '');
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 4 }),
      fc.array(reference, { maxLength: 5 }),
      fc.nat(),
      (texts, given, cut) => {
        const document: Document = {
          name: 'a',
          type: 'text',
          characters: 0,
          blocks: texts.map((one, at) => ({
            kind: 'paragraph',
            text: one,
            place: { block: at + 1, headings: [] },
          })),
        };
        const real = texts.map((one, at) => ({
          block: at + 1,
          quote: one.slice(cut % one.length).toUpperCase(),
        }));
        const { findings, counts } = resolveReferences(
          { summary: 's', keyPoints: [{ text: 't', references: [...given, ...real] }], recommendations: [] },
          document,
          new Set(texts.map((_, at) => at + 1)),
        );
        expect(counts.dropped).toBe(given.filter(({ block }) => block < 1 || block > texts.length).length);
        for (const { block, quote } of findings.keyPoints[0]?.references ?? [])
          expect(texts[block - 1]?.replace(/\s+/gu, ' ')).toContain(quote.replace(/…$/u, ''));
      },
    ),
  );
});
