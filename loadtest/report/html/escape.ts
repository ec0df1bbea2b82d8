/**
 * Text becomes markup in this file only. Whatever is interpolated into `html` is escaped, unless it is `Html`
 * already; a number does not fit in at all, so that each one passes through a formatter that knows about NaN.
 */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

export type Part = Html | string | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// HTML forbids most control characters, and a bidirectional override makes a line read as what it is not: both
// are shown rather than obeyed. Tab and line feed stay.
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g;
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

function showControl(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

export function escapeText(text: string): string {
  return text
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(CONTROL, showControl)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function toMarkup(part: Part): string {
  if (part instanceof Html) return part.toString();
  if (typeof part === 'string') return escapeText(part);
  return part.join('');
}

/** A template tag: the literal text is markup, everything interpolated is text. Attribute values need quotes. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: literals }, ...parts.map(toMarkup)));
}

export const nothing = new Html('');
