import type { DefaultTreeAdapterTypes } from 'parse5';

export type Node = DefaultTreeAdapterTypes.ChildNode;
export type Element = DefaultTreeAdapterTypes.Element;

/** What is no text of the page: code, what needs a browser, the way to other pages, and formulas in another form. */
const skipped = new Set(
  'script style noscript template svg annotation annotation-xml iframe object embed canvas audio video nav select button input textarea datalist dialog'.split(
    ' ',
  ),
);

const navigation = new Set(['navigation', 'search', 'menu', 'menubar', 'toolbar']);

/** Everything that does not stand within a line. */
export const blockElements = new Set(
  'address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main ol p pre section summary table td th tr ul'.split(
    ' ',
  ),
);

export function isElement(node: Node): node is Element {
  return 'tagName' in node;
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

/** A whole number that an attribute gives, brought into bounds. */
export function wholeAttribute(element: Element, name: string, least: number, most: number) {
  const text = attribute(element, name)?.trim() ?? '';
  return /^[+-]?\d+$/.test(text) ? Math.max(least, Math.min(Number(text), most)) : undefined;
}

/** How a formula is written in a line, where the page says so: what its elements hold does not tell x2 from x². */
export function formulaText(math: Element): string | undefined {
  const nodes: Node[] = [...math.childNodes];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (!isElement(node)) continue;
    if (node.tagName === 'annotation' && /\btex\b/i.test(attribute(node, 'encoding') ?? '')) {
      return node.childNodes.map((child) => ('value' in child ? child.value : '')).join('');
    }
    for (const child of node.childNodes) nodes.push(child);
  }
  return attribute(math, 'alttext');
}

/** Tables that hold tables: these lay out a page, and what stands in their cells is read as if it stood on its own. */
export function layoutTables(page: readonly Node[]): ReadonlySet<Element> {
  const found = new Set<Element>();
  const steps: { readonly node: Node; readonly table: Element | undefined }[] = page.map((node) => ({
    node,
    table: undefined,
  }));
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { node, table } = step;
    if (!isElement(node) || isLeftOut(node)) continue;
    const isTable = node.tagName === 'table';
    if (isTable && table) found.add(table);
    for (const child of node.childNodes) steps.push({ node: child, table: isTable ? node : table });
  }
  return found;
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
