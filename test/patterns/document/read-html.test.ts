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
});

it('takes the encoding that the page says, and tells it', async () => {
  const page = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
  const cyrillic = await read(page('<html><meta charset="windows-1251"><p>\xcf\xf0\xe8\xe2\xe5\xf2'));
  expect([cyrillic.encoding, cyrillic.blocks[0]?.text]).toEqual(['windows-1251', 'Привет']);
  const wrong = await read(page('<html><meta charset="utf-8"><p>caf\xe9'));
  expect([wrong.encoding, wrong.blocks[0]?.text]).toEqual(['windows-1252', 'café']);
});
