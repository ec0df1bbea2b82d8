import { describe, expect, it } from 'vitest';
import { readPage } from './markup.ts';

const page = (body: string) => `<!DOCTYPE html><html><body id="b">${body}</body></html>`;

describe('the strict reader the other tests rely on', () => {
  it('reads elements, attributes and text', () => {
    const read = readPage(page('<p title="a &amp; b">1 &lt; 2<br></p><svg><path d="M0"/></svg>'));
    expect(read.elements.map(({ name }) => name)).toEqual(['html', 'body', 'p', 'br', 'svg', 'path']);
    expect(read.textOf('b')).toBe('1 < 2');
    expect(read.text).toContain('a & b');
  });

  it.each([
    ['an element left open', '<p>'],
    ['elements that cross', '<b><i></b></i>'],
    ['a bare angle bracket', '1 < 2'],
    ['a bare closing bracket', '1 > 2'],
    ['a bare ampersand', 'a & b'],
    ['an attribute without quotes', '<p title=a></p>'],
    ['an attribute twice', '<p id="a" id="b"></p>'],
    ['a comment', '<!-- -->'],
  ])('refuses %s', (_what, body) => {
    expect(() => readPage(page(body))).toThrow();
  });
});
