import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdownSummary } from '../../../loadtest/report/markdown/summary.ts';
import { code, text } from '../../../loadtest/report/markdown/text.ts';
import { anyFigure, arbitraryRun, HOSTILE_TEXTS, hostileText } from '../report-html/arbitrary-run.ts';
import { exampleRun } from '../report-html/example-run.ts';
import { VARIANTS } from '../report-html/variants.ts';
import { exampleReport } from './example-report.ts';

const decoded = (markdown: string): string =>
  markdown.replace(/&#(\d+);/g, (_, point: string) => String.fromCodePoint(Number(point)));

/** What the summary itself writes; all else must come out of `text`. */
const tags = /<\/?(?:details|summary|code)>/g;

describe('text in Markdown', () => {
  it('holds no sign of Markdown, HTML or GitHub', () => {
    fc.assert(
      fc.property(hostileText, (raw) => {
        const escaped = text(raw);
        expect(escaped.replace(/&#\d+;/g, '')).not.toMatch(
          /[<>|*_`[\]{}#@!~\\$:"'&=+^]|\n|\.\p{L}|^\d+[.)](?: |$)|(?<![\p{L}\p{N}])-|--/u,
        );
      }),
    );
  });

  it('still says what it said', () => {
    expect(decoded(text('a|b *c* <d> & @you #12 https://x.y `z` $1$'))).toBe(
      'a|b *c* <d> & @you #12 https://x.y `z` $1$',
    );
    expect(text('97.4 %, 1,234 calls')).toBe('97.4 %, 1,234 calls');
    expect(text('two\nlines\u202e')).toBe('two lines&#91;U&#43;202E&#93;');
    expect(text('x'.repeat(5_000)).length).toBeLessThan(400);
    expect(code('')).toBe('');
  });
});

describe('the summary', () => {
  it('has the verdict, one table and the rest folded', () => {
    const lines = markdownSummary(exampleReport()).split('\n');
    expect(lines[0]).toBe('### ✅ Load test <code>chaos</code>: green');
    const firstFold = lines.findIndex((line) => line.startsWith('<details>'));
    const open = lines.slice(0, firstFold);
    expect(open.filter((line) => line.startsWith('|')).length).toBe(2 + 5);
    expect(open.join('\n')).toContain('Good: answered within 2.0 s');
    expect(lines.filter((line) => line.startsWith('<details>')).length).toBe(
      lines.filter((line) => line === '</details>').length,
    );
  });

  it('says that a run was cut short, and why', () => {
    const partial = markdownSummary(VARIANTS.partial());
    expect(partial).toMatch(/^### 🟡 .*partial/);
    expect(partial).toContain('**Partial:** cut short after 21.3 s of 1 min 2 s');
    expect(decoded(partial)).toContain('- cut short: it was stopped by SIGINT');
  });

  it('shows both sides, and what got worse', () => {
    const compared = decoded(markdownSummary(VARIANTS.compared()));
    expect(compared).toContain('Bare client against wrapped client');
    expect(compared).toContain('1 got worse');
    expect(compared).toMatch(/\| requests a call \| all \| worse \|/);
  });

  it('has nothing in it but its own markup, whatever the run holds', () => {
    fc.assert(
      fc.property(arbitraryRun({ text: hostileText, figure: anyFigure }), (run) => {
        const summary = markdownSummary(run);
        expect(summary.replace(tags, '')).not.toMatch(/[<>]|\]\(|!\[|https?:|@/);
        expect(summary).not.toMatch(/\b(?:NaN|undefined|Infinity|object Object)\b|∞/);
        let cells = 0;
        for (const line of summary.split('\n')) {
          // Its own beginnings of lines, or none that mean anything.
          expect(line).toMatch(
            /^(?:$|### |\| |<\/?details>|- |\*\*Partial|(?![-+*>#=~`|<\s]|\d+[.)](?: |$)))/u,
          );
          const here = line.startsWith('|') ? line.split('|').length : 0;
          if (cells > 0 && here > 0) expect(here).toBe(cells);
          cells = here;
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it.each(HOSTILE_TEXTS.filter((one) => /[<"]/.test(one)))('shows %s as text', (hostile) => {
    const run = exampleRun();
    const summary = markdownSummary({
      ...run,
      header: { ...run.header, scenario: hostile, machine: hostile },
      verdict: { green: false, reasons: [hostile] },
      errors: [{ errorType: hostile, outcome: hostile, calls: 1, attempts: 1, example: hostile }],
    });
    expect(summary).not.toContain(hostile);
    expect(decoded(summary).split(hostile).length - 1).toBeGreaterThanOrEqual(6);
  });
});
