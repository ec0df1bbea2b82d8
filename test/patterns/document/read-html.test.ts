import { expect, it } from 'vitest';
import { readDocument } from '../../../src/patterns/document/read-document.ts';

async function read(data: string | Uint8Array, name = 'a.html') {
  return await readDocument({ name, data });
}

it('has what a reader of the page reads, with lines and headings', async () => {
  const document = await read(`<!doctype html>
<html><head><title>The &amp; page</title><style>p { color: red }</style></head>
<body><nav>Home | About</nav>
<script>var text = 'no';</script>
<h1>Methods</h1>
<p>First &eacute;,
  second<br>third <b>bold</b>.</p>
<div hidden>hidden</div><p style="color:red; display: none">unseen</p>
Loose text<div>in a div</div>
<h2>Data</h2>
<ul><li>one<ul><li>inner</li></ul></li><li><p>two</p></li></ul>
<ol><li>a</li><li>b</li></ol>
<table><tr><th>Name</th><th>Value</th></tr>
<tr><td>x|y</td><td><p>1</p></td></tr></table>
<pre>  code
    more</pre>
<blockquote><p>said</p></blockquote>
</body></html>`);

  expect(document.title).toBe('The & page');
  expect(
    document.blocks.map(({ kind, text, place }) => [place.line, kind, text, place.headings.join(' › ')]),
  ).toEqual([
    [5, 'heading', 'Methods', 'Methods'],
    [6, 'paragraph', 'First é, second\nthird bold.', 'Methods'],
    [9, 'paragraph', 'Loose text', 'Methods'],
    [9, 'paragraph', 'in a div', 'Methods'],
    [10, 'heading', 'Data', 'Methods › Data'],
    [11, 'list', '- one\n  - inner\n- two', 'Methods › Data'],
    [12, 'list', '1. a\n2. b', 'Methods › Data'],
    [13, 'table', '| Name | Value |\n| --- | --- |\n| x\\|y | 1 |', 'Methods › Data'],
    [15, 'code', '  code\n    more', 'Methods › Data'],
    [17, 'quote', 'said', 'Methods › Data'],
  ]);
});

it('is told by its content, whatever its name', async () => {
  expect((await read('<!-- x --><!DOCTYPE html><p>text', 'page')).type).toBe('html');
  expect((await read('a < b', 'page')).type).toBe('text');
});

it('reads a page that is a hundred thousand elements deep', async () => {
  const document = await read(`${'<div>'.repeat(100_000)}deep`);
  expect(document.blocks.map((block) => block.text)).toEqual(['deep']);
}, 30_000);

it('takes the encoding that the page says, and tells it', async () => {
  const page = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
  const cyrillic = await read(page('<html><meta charset="windows-1251"><p>\xcf\xf0\xe8\xe2\xe5\xf2'));
  expect([cyrillic.encoding, cyrillic.blocks[0]?.text]).toEqual(['windows-1251', 'Привет']);
  const wrong = await read(page('<html><meta charset="utf-8"><p>caf\xe9'));
  expect([wrong.encoding, wrong.blocks[0]?.text]).toEqual(['windows-1252', 'café']);
});

async function texts(body: string): Promise<readonly string[]> {
  return (await read(`<!doctype html>\n<body>\n${body}`)).blocks.map(({ text }) => text);
}

it('loses no word of what stands in a cell or an item, and puts none together', async () => {
  expect(await texts('<table><caption>Prices</caption><tr><td>a<td>b</table>')).toEqual([
    'Prices',
    '| a | b |\n| --- | --- |',
  ]);
  expect(await texts('<ul><li>x<table><tr><td>A</td><td>B</td></tr></table></li></ul>')).toEqual(['- x A B']);
  expect(await texts('<ul><li><p>A</p>B<li>C<h3>D</h3>E<ul><li>F</ul>G</ul>')).toEqual([
    '- A B\n- C D E\n  - F G',
  ]);
  expect(await texts('<table><tr><td><p>A</p>B<td>C<h3>D</h3>E<ul><li>F</li>G</ul></table>')).toEqual([
    '| A B | C D E F G |\n| --- | --- |',
  ]);
});

it('reads a table that lays out a page as what stands in it', async () => {
  const { blocks } = await read(`<!doctype html><table><tr><td>Menu</td><td>
<h1>News</h1>before
<table><tr><td>a</td><td>b</td></tr></table>
after</td></tr></table>
<table><tr><td>first</td></tr>
<tr><td>second</td></tr></table>`);
  expect(blocks.map(({ kind, text, place }) => [place.line, kind, text])).toEqual([
    [1, 'paragraph', 'Menu'],
    [2, 'heading', 'News'],
    [2, 'paragraph', 'before'],
    [3, 'table', '| a | b |\n| --- | --- |'],
    [4, 'paragraph', 'after'],
    [5, 'paragraph', 'first'],
    [6, 'paragraph', 'second'],
  ]);
});

it('keeps every cell in its column, beside cells that take several', async () => {
  const rows =
    '<tr><th>a<th colspan=2>b<th>c<tr><td rowspan=2>1<td>2<td>3<td rowspan=3>4<tr><td>5<td>6<tr><td>7';
  expect(await texts(`<table>${rows}</table>`)).toEqual([
    ['| a | b |  | c |', '| --- | --- | --- | --- |', '| 1 | 2 | 3 | 4 |', '|  | 5 | 6 |', '| 7 |'].join(
      '\n',
    ),
  ]);
});

it('reads a table of one very wide row and very many short ones', async () => {
  const { blocks } = await read(`<table><tr>${'<td>a'.repeat(10_000)}${'<tr><td>b'.repeat(10_000)}</table>`);
  expect(blocks[0]?.text.match(/b/g)).toHaveLength(10_000);
}, 60_000);

it('keeps the numbers that a list gives its items, and what code in it is indented by', async () => {
  expect(await texts('<ol start=5><li>five<li value=9>nine<li>ten</ol>')).toEqual([
    '5. five\n9. nine\n10. ten',
  ]);
  expect(await texts('<ul><li>code<pre>if x:\n   y\n</pre>so</ul>')).toEqual(['- code\nif x:\n   y\nso']);
});

it('reads a formula as it is written in a line', async () => {
  const symbols = '<mi>x</mi><mn>2</mn>';
  const tex = `<semantics>${symbols}<annotation encoding="application/x-tex">x^2</annotation></semantics>`;
  expect(
    await texts(`a <math>${tex}</math> b <math alttext="y^2">${symbols}</math> c <math>${symbols}</math>`),
  ).toEqual(['a x^2 b y^2 c x2']);
});

it('knows on which line a row stands whose tag is left out, and reads an item without a list', async () => {
  const { blocks } = await read('<!doctype html><table>\n<td>a</table>\n<li><blockquote>b</blockquote>');
  expect(blocks.map(({ kind, text, place }) => [place.line, kind, text])).toEqual([
    [2, 'paragraph', 'a'],
    [3, 'quote', 'b'],
  ]);
});

it('knows on which line a picture stands', async () => {
  const { blocks } = await read('<!doctype html>\n<p>\n<img alt="A chart"></p>');
  expect(blocks).toMatchObject([{ text: 'A chart', place: { line: 3 } }]);
});
