import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/patterns/document/read-document.ts';
import { pdf } from './support/pdf-writer.ts';

async function read(data: Uint8Array, options = {}) {
  return await readDocument({ name: 'report.pdf', data }, options);
}

function body(...texts: string[]) {
  return texts.map((text, index) => ({ text, y: 650 - 13 * index }));
}

describe('PDF', () => {
  it('has its text by page, with headings by their size and hyphenated words joined', async () => {
    const document = await read(
      pdf({
        title: 'Annual report',
        pages: [
          [
            { text: 'Annual report', size: 24, y: 740 },
            { text: '1 Introduction', size: 16, y: 700 },
            { text: 'This is a long para-', y: 660 },
            { text: 'graph of two lines.', y: 647 },
            { text: 'And a further line of it.', y: 634 },
            { text: 'A second paragraph.', y: 600 },
          ],
          [{ text: 'The next page (with brackets).', y: 740 }],
        ],
      }),
    );

    expect(document).toMatchObject({ type: 'pdf', title: 'Annual report', pages: 2, pagesWithoutText: [] });
    expect(
      document.blocks.map(({ kind, text, place }) => [kind, text, place.page, place.headings.join(' › ')]),
    ).toEqual([
      ['heading', 'Annual report', 1, 'Annual report'],
      ['heading', '1 Introduction', 1, 'Annual report › 1 Introduction'],
      [
        'paragraph',
        'This is a long paragraph of two lines. And a further line of it.',
        1,
        'Annual report › 1 Introduction',
      ],
      ['paragraph', 'A second paragraph.', 1, 'Annual report › 1 Introduction'],
      ['paragraph', 'The next page (with brackets).', 2, 'Annual report › 1 Introduction'],
    ]);
  });

  it('takes the headings of its own table of contents where it has one', async () => {
    const document = await read(
      pdf({
        pages: [
          body('Start', 'of it all.').map((line, index) => ({ ...line, y: line.y - 40 * index })),
          body('More text.'),
        ],
        outline: [
          { title: 'Start', page: 1 },
          { title: 'Not written', page: 2 },
        ],
      }),
    );

    expect(document.blocks.map(({ kind, text, place }) => [kind, text, place.page])).toEqual([
      ['heading', 'Start', 1],
      ['paragraph', 'of it all.', 1],
      ['heading', 'Not written', 2],
      ['paragraph', 'More text.', 2],
    ]);
  });

  it('reads 300 pages, without the headers and footers that repeat, and tells which have no text', async () => {
    const pages = Array.from({ length: 300 }, (_, index) =>
      index === 41
        ? []
        : [
            { text: 'ACME annual report', y: 770 },
            ...body(`What page ${index + 1} says.`, 'And more of it.'),
            { text: `Page ${index + 1} of 300`, y: 30 },
          ],
    );
    const document = await read(pdf({ pages }));

    expect(document.pages).toBe(300);
    expect(document.pagesWithoutText).toEqual([42]);
    expect(document.blocks).toHaveLength(299);
    expect(document.blocks[299 - 1]).toEqual({
      kind: 'paragraph',
      text: 'What page 300 says. And more of it.',
      place: { block: 299, page: 300, headings: [] },
    });
  });

  it('says what to do about one that is encrypted, broken, a scan, or has too many pages', async () => {
    const pages = [body('secret')];
    const whole = pdf({ pages });
    const cases: readonly [Uint8Array, RegExp][] = [
      [
        pdf({ pages, isEncrypted: true }),
        /^The document "report.pdf" is encrypted: open it with its password/,
      ],
      [
        new TextEncoder().encode('%PDF-1.7\nnothing of a PDF'),
        /is no PDF that can be read .*save or print it as PDF again/,
      ],
      [whole.slice(0, 100), /is no PDF that can be read/],
      [pdf({ pages: [[], []] }), /has no text on any of its 2 pages, so it is a scan most likely/],
    ];
    for (const [data, message] of cases) {
      await expect(read(data)).rejects.toMatchObject({
        code: 'document_unreadable',
        message: expect.stringMatching(message),
      });
    }
    await expect(read(pdf({ pages: [...pages, ...pages] }), { maxPages: 1 })).rejects.toThrow(
      'has 2 pages, more than 1',
    );
    await expect(read(whole, { maxCharacters: 3 })).rejects.toThrow('more than 3 characters');
  }, 30_000);

  it('reads one whose table of objects is broken, and leaves the bytes that it was given', async () => {
    const data = pdf({ pages: [body('still there')] });
    const text = Buffer.from(data)
      .toString('latin1')
      .replace(/xref\n[\s\S]*$/, 'xref\nrubbish\ntrailer\n<< /Root 1 0 R >>\n%%EOF');
    const broken = new Uint8Array(Buffer.from(text, 'latin1'));
    const before = broken.slice();

    expect((await read(broken)).blocks[0]?.text).toBe('still there');
    expect(broken).toEqual(before);
  });

  it('runs and fetches nothing of what it is told to', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    try {
      const script = `fetch('${url}')`.replace(/[()]/g, '\\$&');
      const data = pdf({
        pages: [body('harmless')],
        catalog: `/OpenAction << /S /JavaScript /JS (${script}) >> /AA << /WC << /S /URI /URI (${url}) >> >>`,
      });
      expect((await read(data)).blocks[0]?.text).toBe('harmless');

      const html = `<!doctype html><base href="${url}"><link rel="stylesheet" href="${url}"><script src="${url}"></script>
        <script>fetch('${url}')</script><iframe src="${url}"></iframe><img src="${url}" onerror="fetch('${url}')"><p>harmless</p>`;
      const page = await readDocument({ name: 'a.html', data: html });
      expect(page.blocks.map((block) => block.text)).toEqual(['harmless']);
      expect(requests).toBe(0);
    } finally {
      server.close();
    }
  });
});

it('leaves no figure of a page out for a page number, and no page empty', async () => {
  const pages = [410, 77, 5, 230, 18].map((total, index) => [
    { text: `${total}`, y: 770 },
    { text: `Text ${index}`, y: 400 },
    { text: `Page ${index + 3} of 9`, y: 30 },
  ]);
  const figures = await readDocument({ name: 'a.pdf', data: pdf({ pages }) });
  expect(figures.blocks.map(({ text }) => text)).toEqual(
    [410, 77, 5, 230, 18].flatMap((total, index) => [`${total}`, `Text ${index}`]),
  );

  const slides = [1, 2, 3, 4, 5].map((number) => [{ text: `Slide ${number}`, y: 770 }]);
  const { blocks } = await readDocument({ name: 'a.pdf', data: pdf({ pages: slides }) });
  expect(blocks.map(({ text, place }) => [place.page, text])).toEqual(
    [1, 2, 3, 4, 5].map((number) => [number, `Slide ${number}`]),
  );
}, 30_000);
