import type { Document, LineCounter, Node } from 'yaml';
import { TelltaleError } from '../../errors.ts';

/** The library is loaded only when a file needs it. */
async function parse(text: string): Promise<{ document: Document.Parsed; lines: LineCounter }> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines };
}

/** The value of a document of YAML; `file` names it in errors. */
export async function parseYaml(text: string, file: string): Promise<unknown> {
  const { document, lines } = await parse(text);
  const [problem] = document.errors;
  if (problem) {
    throw new TelltaleError(
      'invalid_option',
      `${file}${sayPlace(lines, problem.pos[0])}: ${problem.message}`,
      {
        cause: problem,
      },
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    // Of aliases: one that names nothing, or so many that they would fill the memory.
    const message = error instanceof Error ? error.message : String(error);
    throw new TelltaleError('invalid_option', `${file}: ${message}`, { cause: error });
  }
}

/** Where `option`, as `phases[1].faults[0].rate`, stands in a text of YAML or JSON: `:12:7`. Of what is absent: what lacks it. */
export async function placeIn(text: string, option: string): Promise<string> {
  const { isCollection, isMap, isScalar } = await import('yaml');
  const { document, lines } = await parse(text);
  const keys = option.split(/\.|\[|\]\.?/).filter((key) => key !== '');
  let node: unknown = document.contents;
  // The whole has no name in the text, and of a list alone its phases have none.
  const [first = ''] = keys;
  const isThere = isMap(node) && node.has(first);
  if (['schedule', 'options'].includes(first) ? !isThere : first === 'phases' && !isMap(node)) keys.shift();
  let at = offsetOf(node);
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      if (!pair) break;
      at = offsetOf(pair.key) ?? at;
      node = pair.value;
    } else {
      node = isCollection(node) ? node.get(Number(key), true) : undefined;
      at = offsetOf(node) ?? at;
    }
  }
  // A wrong value is shown itself, and an unknown key, which has any value, as well.
  return at === undefined ? '' : sayPlace(lines, at);
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function sayPlace(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `:${line}:${col}`;
}
