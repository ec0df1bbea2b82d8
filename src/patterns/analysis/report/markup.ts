import { harmless } from './words.ts';

/** Markup. Whatever is interpolated into `html` is escaped, unless it is this already. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Interpolated = Markup | string | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template tag: the literal text is markup, what is interpolated is text. Attribute values need quotes. */
export function html(literals: TemplateStringsArray, ...parts: readonly Interpolated[]): Markup {
  return new Markup(String.raw({ raw: literals }, ...parts.map(toMarkup)));
}

export const nothing = new Markup('');

function toMarkup(part: Interpolated): string {
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'string')
    return harmless(part).replace(/[&<>"']/g, (character) => entities[character] ?? character);
  return part.join('');
}
