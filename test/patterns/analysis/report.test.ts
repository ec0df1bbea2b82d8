import fc from 'fast-check';
import { marked } from 'marked';
import { expect, it } from 'vitest';
import { terminalReport } from '../../../src/cli/analyze/terminal-report.ts';
import { widthOf } from '../../../src/cli/shared/table.ts';
import {
  compareAnalyses,
  type DocumentAnalysis,
  type Report,
  reportAsHtml,
  reportAsMarkdown,
} from '../../../src/patterns/index.ts';

function analysis(text: string, more: Partial<DocumentAnalysis> = {}): DocumentAnalysis {
  const point = { text, references: [{ block: 1, page: 2, headings: [text], quote: text }] };
  return {
    id: 'a',
    document: { name: text, type: 'pdf', title: text, characters: 10, pages: 3 },
    model: 'gpt-5-mini',
    summary: text,
    keyPoints: [point],
    recommendations: [point],
    skipped: [{ part: 1, blocks: [1, 2], why: text }],
    figures: {
      calls: 1,
      inputTokens: 1_234,
      outputTokens: 1,
      reasoningTokens: 0,
      unpricedCalls: 0,
      costUsd: 0.5,
      knownCostUsd: 0.5,
      parts: 1,
      reductions: 0,
      repairs: 0,
      droppedReferences: 0,
      requotedReferences: 0,
      durationMs: 1_000,
      endedMs: 0,
    },
    ...more,
  };
}

const nasty = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '[click](javascript:alert(1)) ![x](http://a.test/x.png)',
  '# heading | cell | `code`',
  'a\u001b[2Jb\u0007\u202ec',
  '&lt;b&gt; &amp;',
];

it('makes nothing of a text but text, in HTML', () => {
  for (const text of nasty) {
    for (const page of [
      reportAsHtml(analysis(text)),
      reportAsHtml(compareAnalyses([analysis(text), analysis(text)])),
    ]) {
      expect(page).not.toMatch(/<(?:script|img|b)\b/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
      expect(page).toContain("default-src 'none'".replaceAll("'", '&#39;'));
    }
  }
  expect(reportAsHtml(analysis('&lt;b&gt;'))).toContain('&amp;lt;b&amp;gt;');
});

it('makes nothing of a text but text, in Markdown', () => {
  const shown = reportAsMarkdown(analysis('[click](http://a.test) <b> | # x'));
  expect(shown).not.toMatch(/(?<!\\)\[click|(?<!\\)<b>/);
  expect(reportAsMarkdown(analysis('# x'))).toContain('\n\\# x\n');
  expect(reportAsMarkdown(analysis('1. x'))).toContain('\n1\\. x\n');
  const unplaced = { text: 'p', references: [] };
  const without = analysis('x', { keyPoints: [unplaced] });
  expect(reportAsMarkdown(compareAnalyses([without, without]))).toContain(
    '| p<br>*without a place in the document* | p<br>*without a place in the document* |',
  );
  const table = reportAsMarkdown(compareAnalyses([analysis('a | b'), analysis('c')]));
  for (const line of table.split('\n').filter((one) => one.startsWith('|')))
    expect(line.replaceAll('\\|', '').split('|').length).toBeGreaterThanOrEqual(4);
});

/** Pieces that mean something to Markdown or HTML, in any order. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '_',
          '__',
          '*',
          '`',
          '```',
          '~~',
          '[a](b:c)',
          '![a](b)',
          '<b>',
          '</td>',
          '<!--',
          '-->',
          '&lt;',
          '|',
          '\\',
        ],
        ...[
          '\n',
          '\n\n',
          ' ',
          '# ',
          '> ',
          '- ',
          '1. ',
          '---',
          '===',
          '[x]: y',
          'www.a.test',
          'http://a.test',
          'a@b.test',
        ],
        ...['"', "'", '="', 'javascript:', '\u2028', '\u202e', '\u0000', '\ud800', 'word', 'é'],
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

/** How often there is each kind of thing in Markdown; stars around a place are ours. */
function markdownKinds(markdown: string): Record<string, number> {
  const kinds: Record<string, number> = {};
  marked.walkTokens(marked.lexer(markdown), ({ type, raw }) => {
    if (['text', 'escape', 'space'].includes(type)) return;
    const name = type === 'html' ? raw : type;
    kinds[name] = (kinds[name] ?? 0) + 1;
  });
  return kinds;
}

it.each<[string, (text: string) => Report]>([
  ['a report', (text) => analysis(text)],
  ['a comparison', (text) => compareAnalyses([analysis(text), analysis(text)])],
])('has the same build whatever the text is, as Markdown and as HTML: %s', (_, make) => {
  const tags = (page: string) =>
    page.match(/<[^>]*>/g)?.map((tag) => tag.replace(/data-model="[^"<>]*"/, ''));
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = make(`x${text}`.replace(/\n\s*\n/gu, ' '));
      const plainly = make('x');
      expect(markdownKinds(reportAsMarkdown(shown))).toEqual(markdownKinds(reportAsMarkdown(plainly)));
      expect(tags(reportAsHtml(shown))).toEqual(tags(reportAsHtml(plainly)));
    }),
    { numRuns: 150 },
  );
});

it('fits a terminal of any width, and does nothing to it', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'grapheme', maxLength: 80 })),
      fc.integer({ min: 24, max: 140 }),
      (text, columns) => {
        for (const report of [
          analysis(text),
          compareAnalyses([analysis(text), analysis('other words entirely')]),
        ]) {
          const shown = terminalReport(report, { hasColour: false, columns });
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
          expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
          for (const line of shown.split('\n'))
            expect(widthOf(line), line).toBeLessThan(Math.max(columns, 24));
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('says what a cost is that is known in part only, and what not at all', () => {
  const { figures } = analysis('x');
  const shown = (knownCostUsd: number) =>
    reportAsMarkdown(
      analysis('x', { figures: { ...figures, costUsd: undefined, knownCostUsd, unpricedCalls: 1 } }),
    );
  expect(shown(0.25)).toContain('| Cost | more than $0.2500 (1 of 1 call without a price) |');
  expect(shown(0)).toContain('| Cost | unknown (1 of 1 call without a price) |');
});

it('puts the same points of several models into one row, and those that all make first', () => {
  const at = (block: number) => [{ block, headings: [], quote: 'q' }];
  const one = analysis('x', {
    model: 'a',
    keyPoints: [
      { text: 'Only the first model says that ferries are old.', references: at(9) },
      { text: 'Revenue grew by four percent and missed the plan.', references: at(1) },
    ],
  });
  const other = analysis('x', {
    model: 'b',
    keyPoints: [
      { text: 'The plan was missed: revenue grew only four percent.', references: at(1) },
      { text: 'Freight carries the whole result this year.', references: at(4) },
    ],
  });
  const { keyPoints } = compareAnalyses([one, other]);
  expect(keyPoints.map(({ said }) => said.map((point) => point?.text.slice(0, 8) ?? null))).toEqual([
    ['Revenue ', 'The plan'],
    ['Only the', null],
    [null, 'Freight '],
  ]);
  const short = analysis('x', { keyPoints: [{ text: 'It is so.', references: [] }] });
  expect(compareAnalyses([short, short]).keyPoints).toHaveLength(1);
  expect(() => compareAnalyses([one])).toThrow(/at least two/);
});
