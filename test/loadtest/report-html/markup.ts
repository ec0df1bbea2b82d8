/** A strict reader of the pages this project writes: whatever a browser would have to repair is an error here. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface Page {
  readonly elements: readonly Element[];
  /** Everything a reader or a screen reader is shown: text, attribute values, no style sheet. */
  readonly text: string;
  /** The text between the tags of one element, by its id. */
  readonly textOf: (id: string) => string;
}

const TAG = /<(\/?)([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w:-]*(?:="[^"<]*")?)*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z][\w:-]*)(?:="([^"]*)")?/g;
const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['#39', "'"],
]);
const VOID = new Set(['meta', 'br']);
const DOCTYPE = '<!DOCTYPE html>';

export function decode(text: string): string {
  return text.replace(/&([^;]{0,6});?/g, (found, name: string) => {
    const character = ENTITIES.get(name);
    if (character === undefined || !found.endsWith(';')) throw new Error(`Bare ampersand: ${found}`);
    return character;
  });
}

function readAttributes(source: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of source.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new Error(`Attribute ${name} comes twice`);
    attributes.set(name, decode(value));
  }
  return attributes;
}

export function readPage(source: string): Page {
  if (!source.startsWith(DOCTYPE)) throw new Error('No doctype');
  const elements: Element[] = [];
  const open: { readonly name: string; readonly id: string | undefined }[] = [];
  const byId = new Map<string, string>();
  let shown = '';
  let position = DOCTYPE.length;
  const show = (text: string) => {
    shown += text;
    for (const { id } of open) if (id !== undefined) byId.set(id, (byId.get(id) ?? '') + text);
  };
  while (position < source.length) {
    const next = source.indexOf('<', position);
    const text = source.slice(position, next === -1 ? source.length : next);
    if (text.includes('>')) throw new Error(`A bare > in ${text.slice(0, 80)}`);
    if (text.trim() !== '' && open.length === 0) throw new Error(`Text outside of the page: ${text}`);
    if (open.at(-1)?.name !== 'style') show(decode(text));
    if (next === -1) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(source);
    if (!tag) throw new Error(`Not a tag: ${source.slice(next, next + 80)}`);
    position = TAG.lastIndex;
    const [, closing, name = '', given = '', selfClosing] = tag;
    if (closing) {
      const opened = open.pop();
      if (opened?.name !== name) throw new Error(`</${name}> closes <${opened?.name}>`);
      continue;
    }
    const attributes = readAttributes(given);
    elements.push({ name, attributes });
    for (const value of attributes.values()) shown += ` ${value} `;
    if (!selfClosing && !VOID.has(name)) open.push({ name, id: attributes.get('id') });
    // The one place where < and > are not markup.
    if (name === 'style') position = source.indexOf('</style>', position);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)?.name}> is never closed`);
  return { elements, text: shown, textOf: (id) => byId.get(id) ?? '' };
}
