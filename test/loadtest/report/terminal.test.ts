import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { table, widthOfLine, wrapped } from '../../../loadtest/report/terminal/layout.ts';
import { terminalReport } from '../../../loadtest/report/terminal/report.ts';
import { anyFigure, arbitraryRun, hostileText } from '../report-html/arbitrary-run.ts';
import { VARIANTS } from '../report-html/variants.ts';

afterEach(() => vi.unstubAllEnvs());

const linesOf = (name: keyof typeof VARIANTS): string[] =>
  stripVTControlCharacters(terminalReport(VARIANTS[name](), ['report.html']))
    .trimEnd()
    .split('\n');

describe('the report in the terminal', () => {
  it.each(Object.keys(VARIANTS) as (keyof typeof VARIANTS)[])('fits into its lines (%s)', (name) => {
    const lines = linesOf(name);
    // The verdict is one line, for those who search the output for it.
    expect(lines.slice(0, -1).filter((line) => line.length > widthOfLine)).toEqual([]);
  });

  it('begins with goodput and ends with the verdict', () => {
    const lines = linesOf('green');
    expect(lines[0]).toBe('Goodput');
    expect(lines.at(-1)).toMatch(/^GREEN: 7,800 calls/);
  });

  it('says first and last that a run was cut short', () => {
    const lines = linesOf('partial');
    expect(lines[0]).toBe('PARTIAL: cut short after 21.3 s of 1 min 2 s; the figures cover only that.');
    expect(lines.at(-1)).toBe('PARTIAL: cut short: it was stopped by SIGINT');
  });

  it('shows both sides, and what got worse since an earlier run first', () => {
    const lines = linesOf('compared');
    expect(lines.some((line) => /^ {2}goodput +77\.0 % +87\.2 %$/.test(line))).toBe(true);
    const from = lines.findIndex((line) => line.startsWith('Against the run of'));
    const rows = lines
      .slice(from)
      .filter((line) => / (worse|better|same) +\S/.test(line) && !line.includes(' = '));
    expect(rows[0]).toMatch(/requests a call +all +worse/);
  });

  it('obeys no control character', () => {
    vi.stubEnv('NO_COLOR', '1');
    vi.stubEnv('FORCE_COLOR', undefined);
    fc.assert(
      fc.property(arbitraryRun({ text: hostileText, figure: anyFigure }), (run) => {
        // Unstyled, so that whatever escape there is came from the run.
        const text = terminalReport(run, []);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('a table in the terminal', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1'), maxLength: 60 });

  it('never passes the end of the line, and keeps its columns in line', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }).chain((columns) => {
          const cells = fc.array(text, { minLength: columns, maxLength: columns });
          return fc.record({
            headings: cells,
            rows: fc.array(cells, { minLength: 1, maxLength: 5 }),
            figuresFrom: fc.integer({ min: 0, max: columns }),
          });
        }),
        (drawn) => {
          for (const line of table(drawn)) expect(line.length).toBeLessThanOrEqual(widthOfLine);
        },
      ),
    );
  });

  it('sets figures to the right and texts to the left', () => {
    const lines = table({
      headings: ['name', 'calls'],
      rows: [
        ['a', '1'],
        ['longer', '1,000'],
      ],
      figuresFrom: 1,
    });
    expect(lines).toEqual(['  name    calls', '  a           1', '  longer  1,000']);
  });

  it('of nothing says so', () => {
    expect(table({ headings: ['a'], rows: [], figuresFrom: 0 })).toEqual(['  nothing']);
  });
});

describe('text that is wrapped', () => {
  it('has every word once, and lines that fit', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,200}$/), { minLength: 1 }), (words) => {
        const lines = wrapped(words.join(' '));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(widthOfLine);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      }),
    );
  });
});
