import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, Html, html } from '../../../loadtest/report/html/escape.ts';
import { hostileText } from './arbitrary-run.ts';
import { decode } from './markup.ts';

describe('text in a page', () => {
  it('escapes what is interpolated, and only that', () => {
    expect(String(html`<b title="${'"'}">${'<&>'}</b>`)).toBe('<b title="&quot;">&lt;&amp;&gt;</b>');
  });

  it('keeps markup that was built the same way', () => {
    expect(String(html`<ul>${['a', '<'].map((text) => html`<li>${text}</li>`)}</ul>`)).toBe(
      '<ul><li>a</li><li>&lt;</li></ul>',
    );
  });

  it('takes an object that only looks like markup for text', () => {
    const forged = { toString: () => '<script>' } as unknown as string;
    expect(() => String(html`${forged}`)).toThrow();
    expect(String(html`${new Html('<i>')}`)).toBe('<i>');
  });

  it('shows control characters, overrides of direction and lone surrogates instead of obeying them', () => {
    expect(escapeText('a\u0000b\u001bc')).toBe('a␀b␛c');
    expect(escapeText('\u202eexe')).toBe('[U+202E]exe');
    expect(escapeText('\ud800!')).toBe('\ufffd!');
    expect(escapeText('tab\tline\nwide 🙂 نص')).toBe('tab\tline\nwide 🙂 نص');
  });

  it('leaves no character that ends a text or an attribute, and loses nothing else', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[<>"']/);
        const printable = text.replace(/[^\n\t -~]/g, '');
        expect(decode(escaped).replace(/\[U\+[0-9A-F]{4}\]|[^\n\t -~]/g, '')).toBe(
          printable.replace(/\[U\+[0-9A-F]{4}\]/g, ''),
        );
      }),
    );
  });
});
