import { showControls } from '../plain-text.ts';

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

export function escapeText(text: string): string {
  return showControls(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
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
