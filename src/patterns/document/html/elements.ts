import type { DefaultTreeAdapterTypes } from 'parse5';

export type Node = DefaultTreeAdapterTypes.ChildNode;
export type Element = DefaultTreeAdapterTypes.Element;

/** What is no text of the page: code, what needs a browser, and the way to other pages. */
const skipped = new Set(
  'script style noscript template svg math iframe object embed canvas audio video nav select button input textarea datalist dialog'.split(
    ' ',
  ),
);

const navigation = new Set(['navigation', 'search', 'menu', 'menubar', 'toolbar']);

/** Everything that does not stand within a line. */
export const blockElements = new Set(
  'address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hgroup hr html legend main ol p pre section summary table ul'.split(
    ' ',
  ),
);

export function isElement(node: Node): node is Element {
  return 'tagName' in node;
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

/** Whether a reader of the page would not see it, or would not read it. */
export function isLeftOut(element: Element): boolean {
  if (skipped.has(element.tagName)) return true;
  if (attribute(element, 'hidden') !== undefined || attribute(element, 'aria-hidden') === 'true') return true;
  if (navigation.has(attribute(element, 'role') ?? '')) return true;
  return /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(attribute(element, 'style') ?? '');
}

/** 1 to 6, of `h1` to `h6`. */
export function headingLevel(tagName: string): number | undefined {
  return /^h[1-6]$/.test(tagName) ? Number(tagName[1]) : undefined;
}
