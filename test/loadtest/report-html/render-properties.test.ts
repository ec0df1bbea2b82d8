import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../loadtest/report/html/index.ts';
import { anyFigure, arbitraryRun, HOSTILE_TEXTS, hostileText, plainText } from './arbitrary-run.ts';
import { exampleRun } from './example-run.ts';
import { readPage } from './markup.ts';
import { VARIANTS } from './variants.ts';

const hostileRun = arbitraryRun({ text: hostileText, figure: anyFigure });
const plainRun = arbitraryRun({ text: plainText, figure: anyFigure });

const distinct = (values: Iterable<string>) => [...new Set(values)].sort();
const rendersOf = (run: Parameters<typeof renderReport>[0]) => readPage(renderReport(run)).elements;
const ALLOWED_ATTRIBUTES = new Set(
  [
    ...rendersOf(exampleRun()),
    ...rendersOf({ ...exampleRun(), timeline: [] }),
    ...rendersOf(VARIANTS.compared()),
  ].flatMap(({ attributes }) => [...attributes.keys()]),
);
const ALLOWED_ELEMENTS = new Set([
  ...rendersOf(exampleRun()).map(({ name }) => name),
  'li',
  'ul',
  'strong',
  'p',
]);

/** Each draws a hundred pages, which a busy machine takes its time for. */
describe('a report of whatever a run may hold', { timeout: 60_000 }, () => {
  it('is well formed, and text from the run never becomes an element, an attribute or a link', () => {
    fc.assert(
      fc.property(hostileRun, (run) => {
        const { elements } = readPage(renderReport(run));
        expect(
          distinct(elements.map(({ name }) => name)).filter((name) => !ALLOWED_ELEMENTS.has(name)),
        ).toEqual([]);
        const attributes = distinct(elements.flatMap((element) => [...element.attributes.keys()]));
        expect(attributes.filter((name) => !ALLOWED_ATTRIBUTES.has(name))).toEqual([]);
        const links = elements.flatMap((element) => element.attributes.get('href') ?? []);
        expect(links.filter((link) => !/^#[a-z-]+\d*$/.test(link))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('never shows a figure that does not exist', () => {
    fc.assert(
      fc.property(plainRun, (run) => {
        const { text } = readPage(renderReport(run));
        expect(text.match(/.{0,40}\b(?:NaN|undefined|null|Infinity|object Object)\b|∞/)).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  it('keeps every position inside the drawing', () => {
    fc.assert(
      fc.property(plainRun, (run) => {
        const { elements } = readPage(renderReport(run));
        const positions = elements.flatMap(({ attributes }) =>
          ['x', 'x1', 'x2', 'width'].flatMap((name) => attributes.get(name) ?? []),
        );
        const outside = positions
          .filter((value) => value.endsWith('%'))
          .filter((value) => !(Number.parseFloat(value) >= 0 && Number.parseFloat(value) <= 100.1));
        expect(outside).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it.each(HOSTILE_TEXTS.filter((text) => text.startsWith('<') || text.includes('"')))(
    'shows %s as text wherever the run may hold it',
    (text) => {
      const base = exampleRun();
      const [invariant] = base.invariants;
      const [phase] = base.phases;
      const run = {
        ...base,
        header: { ...base.header, scenario: text, machine: text, sabotage: text },
        verdict: { green: false, reasons: [text] },
        phases: phase ? [{ ...phase, name: text, faults: text }] : [],
        invariants: invariant ? [{ ...invariant, title: text, notes: [text], examples: [text] }] : [],
        errors: [{ errorType: text, outcome: text, calls: 1, attempts: 1, example: text }],
        thresholds: [{ name: text, expression: text, measured: text, ok: false }],
      };
      const page = renderReport(run);
      const read = readPage(page);
      expect(page).not.toContain(text);
      // Scenario twice (title and facts), machine, sabotage, reason, phase with its faults and its row, …
      expect(read.text.split(text).length - 1).toBeGreaterThanOrEqual(14);
    },
  );
});
