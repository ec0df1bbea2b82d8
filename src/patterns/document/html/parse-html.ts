import type { Parsed } from '../parsed.ts';
import { formulaText, isElement, isLeftOut, layoutTables, type Node } from './elements.ts';
import { htmlWriter } from './html-writer.ts';

/** Reads what a reader of the page would read. Nothing that it refers to is looked at. */
export async function parseHtml(text: string, maxCharacters: number): Promise<Parsed> {
  const { parse } = await import('parse5');
  const page = parse(text, { sourceCodeLocationInfo: true });
  const writer = htmlWriter(maxCharacters, layoutTables(page.childNodes));
  // No recursion: a page may be a hundred thousand elements deep.
  const steps: (Node | (() => void))[] = page.childNodes.toReversed();
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (typeof step === 'function') step();
    else if (step.nodeName === '#text' && 'value' in step) {
      writer.text(step.value, step.sourceCodeLocation?.startLine ?? 1);
    } else if (isElement(step) && !isLeftOut(step)) {
      const element = step;
      const formula = element.tagName === 'math' ? formulaText(element) : undefined;
      if (formula !== undefined) {
        writer.text(formula, element.sourceCodeLocation?.startLine ?? 1);
        continue;
      }
      writer.open(element);
      steps.push(() => writer.close(element));
      for (let at = element.childNodes.length - 1; at >= 0; at -= 1) {
        const child = element.childNodes[at];
        if (child) steps.push(child);
      }
    }
  }
  return writer.done();
}
