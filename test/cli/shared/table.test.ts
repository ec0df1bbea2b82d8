import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, cutTo, tableLines, widthOf, wrapped } from '../../../src/cli/shared/table.ts';

const heads: readonly Column[] = [
  { title: 'model' },
  { title: 'user' },
  { title: 'calls', align: 'right' },
  { title: 'cost', align: 'right' },
];
const rows = [
  ['gpt-5', 'ada', '12', '$1.00'],
  ['a-deployment-with-a-long-name', 'somebody@example.com', '1,234', 'unknown'],
];

describe('tableLines', () => {
  it('has numbers on the right, and no blanks at the end', () => {
    expect(tableLines(heads, rows, 80)).toEqual([
      'model                          user                  calls     cost',
      'gpt-5                          ada                      12    $1.00',
      'a-deployment-with-a-long-name  somebody@example.com  1,234  unknown',
    ]);
  });

  it('cuts texts before anything else', () => {
    expect(tableLines(heads, rows, 50)).toEqual([
      'model             user              calls     cost',
      'gpt-5             ada                  12    $1.00',
      'a-deployment-wi…  somebody@exampl…  1,234  unknown',
    ]);
  });

  it('goes on below with the first column where that is not enough', () => {
    expect(tableLines(heads, rows, 30)).toEqual([
      'model           user',
      'gpt-5           ada',
      'a-deployment-…  somebody@exam…',
      '',
      'model           calls     cost',
      'gpt-5              12    $1.00',
      'a-deployment-…  1,234  unknown',
    ]);
  });

  it('takes what a text would do to a terminal out of it', () => {
    expect(tableLines([{ title: 'user' }], [['a\x1b[31mb\nc\td']], 80)).toEqual(['user', 'a\ufffd[31mb c d']);
  });

  it('counts columns as a terminal does', () => {
    expect(widthOf('李雷')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('👩‍👩‍👧')).toBe(2);
    expect(widthOf('한글')).toBe(4);
    expect(cutTo('李雷李雷', 4)).toBe('李…');
  });

  const anyCell = fc.oneof(
    fc.array(fc.nat({ max: 0x3ffff }), { maxLength: 40 }).map((codes) => String.fromCodePoint(...codes)),
    fc.constantFrom('李雷', 'gpt-5', ''),
  );
  const aNumber = fc.nat({ max: 1e9 }).map(String);

  it('fits any columns that hold a text and the widest number, cuts no number, and loses no column', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyCell, anyCell, aNumber, aNumber, aNumber), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 30, max: 140 }),
        (table, columns) => {
          const titles = ['first', 'second', 'n1', 'n2', 'n3'];
          const lines = tableLines(
            titles.map((title, at) => ({ title, align: at < 2 ? 'left' : 'right' })),
            table,
            columns,
          );
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
          const text = lines.join('\n');
          for (const title of titles) expect(text).toContain(title);
          for (const [, , ...numbers] of table) for (const number of numbers) expect(text).toContain(number);
        },
      ),
    );
  });
});

describe('wrapped', () => {
  it('breaks between words, indents what follows, and loses nothing', () => {
    expect(wrapped('- one two three', 9, '  ')).toEqual(['- one two', '  three']);
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 12 })),
        fc.integer({ min: 20, max: 60 }),
        (words, columns) => {
          const text = words.join(' ');
          const lines = wrapped(text, columns, '  ');
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
          const blank = (one: string) => one.replace(/[\s\ufffd\p{Cc}]+/gu, ' ').trim();
          expect(blank(lines.join(' '))).toBe(blank(text));
        },
      ),
    );
  });
});
