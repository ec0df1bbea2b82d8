import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/patterns/document/read-document.ts';

async function read(name: string, data: string | Uint8Array) {
  return await readDocument({ name, data });
}

describe('text', () => {
  it('has a block for each paragraph, with the line on which it begins', async () => {
    const document = await read('notes.txt', 'First\nparagraph.\n\n\n  Second one.\r\n\r\nThird.');

    expect(document).toEqual({
      name: 'notes.txt',
      type: 'text',
      characters: 35,
      blocks: [
        { kind: 'paragraph', text: 'First\nparagraph.', place: { block: 1, line: 1, headings: [] } },
        { kind: 'paragraph', text: '  Second one.', place: { block: 2, line: 5, headings: [] } },
        { kind: 'paragraph', text: 'Third.', place: { block: 3, line: 7, headings: [] } },
      ],
    });
  });

  it('parts a log without blank lines at its lines, so that a reference says where', async () => {
    const lines = Array.from(
      { length: 200 },
      (_, index) => `line ${index + 1} of a log that has no blank lines`,
    );
    const { blocks } = await read('app.log', lines.join('\n'));

    expect(blocks.length).toBeGreaterThan(3);
    expect(blocks.map((block) => block.text).join('\n')).toBe(lines.join('\n'));
    for (const { text, place } of blocks) expect(lines[(place.line ?? 0) - 1]).toBe(text.split('\n')[0]);
  });
});

describe('Markdown', () => {
  const text = [
    '---',
    'title: "The report"',
    '---',
    '# 2 Methods',
    '',
    'How it was *done*.',
    '',
    '## 2.1 Data',
    '',
    '- one',
    '- two',
    '',
    '| a | b |',
    '|---|---|',
    '| 1 | 2 |',
    '',
    '```ts',
    '# no heading',
    '```',
    '> said',
    '',
    'Results',
    '=======',
    'The end.',
  ].join('\r\n');

  it('has its blocks with line, kind and the headings above', async () => {
    const document = await read('report.md', text);

    expect(document.title).toBe('The report');
    expect(
      document.blocks.map(({ kind, level, place }) => [place.line, kind, level, place.headings.join(' › ')]),
    ).toEqual([
      [1, 'code', undefined, ''],
      [4, 'heading', 1, '2 Methods'],
      [6, 'paragraph', undefined, '2 Methods'],
      [8, 'heading', 2, '2 Methods › 2.1 Data'],
      [10, 'list', undefined, '2 Methods › 2.1 Data'],
      [13, 'table', undefined, '2 Methods › 2.1 Data'],
      [17, 'code', undefined, '2 Methods › 2.1 Data'],
      [20, 'quote', undefined, '2 Methods › 2.1 Data'],
      [22, 'heading', 1, 'Results'],
      [24, 'paragraph', undefined, 'Results'],
    ]);
    expect(document.blocks.map((block) => block.place.block)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(document.blocks[2]?.text).toBe('How it was *done*.');
  });

  it('takes its only heading of the highest level for the title', async () => {
    expect((await read('a.md', '# Top\n\n## One\n\n## Two')).title).toBe('Top');
    expect((await read('a.md', '# One\n\n# Two')).title).toBeUndefined();
  });
});

describe('what a text is', () => {
  it('is told by its name, whatever that is', async () => {
    for (const name of ['a.constructor', 'a.__proto__', 'constructor', '.md.', 'a.toString'])
      expect((await read(name, 'text')).type).toBe('text');
  });

  it('may speak of encodings that it does not have', async () => {
    const data = new Uint8Array(Buffer.from('# HTML\n\n`<meta charset="iso-8859-1">` is Latin – é'));
    const { encoding, blocks } = await read('a.md', data);
    expect([encoding, blocks[1]?.text]).toEqual(['utf-8', '`<meta charset="iso-8859-1">` is Latin – é']);
  });

  it('is the same in a string, after a byte order mark', async () => {
    expect((await read('a.md', '\ufeff# Title')).title).toBe('Title');
  });

  it('begins with a rule where a blank line comes next, and not with front matter', async () => {
    const { blocks } = await read('a.md', '---\n\n# Methods\n\ntext\n\n---\n\nmore');
    expect(blocks.map(({ kind, place }) => [place.line, kind])).toEqual([
      [3, 'heading'],
      [5, 'paragraph'],
      [9, 'paragraph'],
    ]);
  });
});
