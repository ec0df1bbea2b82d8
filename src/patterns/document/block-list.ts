import type { Block, BlockKind, Place } from './document.ts';
import { DocumentFault } from './unreadable.ts';

/** Where a block begins, as its format counts. */
export type Position = { readonly page: number } | { readonly line: number };

export interface BlockList {
  add(kind: Exclude<BlockKind, 'heading'>, text: string, position: Position): void;
  /** @param level from 1, the outermost */
  addHeading(level: number, text: string, position: Position): void;
  /** What was added so far. */
  done(): { readonly blocks: readonly Block[]; readonly characters: number };
}

/** Longer headings are kept whole as blocks, and cut where they are named as the context of what stands below. */
const longestInPath = 120;

/** Deeper headings stand beside each other in a path: a file of a hundred thousand levels would take their square. */
const deepestPath = 10;

/** Numbers blocks in order and knows which headings each stands under. Blank texts are left out. */
export function blockList(maxCharacters: number): BlockList {
  const blocks: Block[] = [];
  let path: readonly { readonly level: number; readonly text: string }[] = [];
  let headings: readonly string[] = [];
  let characters = 0;

  const push = (kind: BlockKind, text: string, position: Position, level?: number): void => {
    const place: Place = { block: blocks.length + 1, ...position, headings };
    blocks.push(level === undefined ? { kind, text, place } : { kind, level, text, place });
    characters += text.length;
    checkCharacters(characters, maxCharacters);
  };

  return {
    add: (kind, text, position) => {
      const trimmed = trimBlank(text);
      if (trimmed !== '') push(kind, trimmed, position);
    },
    addHeading: (level, text, position) => {
      const line = text.replace(/\s+/g, ' ').trim();
      if (line === '') return;
      const depth = Math.min(level, deepestPath);
      path = [...path.filter((above) => above.level < depth), { level: depth, text: shorten(line) }];
      headings = path.map((above) => above.text);
      push('heading', line, position, level);
    },
    done: () => ({ blocks, characters }),
  };
}

/** @throws DocumentFault */
export function checkCharacters(characters: number, maxCharacters: number): void {
  if (characters <= maxCharacters) return;
  throw new DocumentFault(
    `holds more than ${maxCharacters} characters: split it, or raise \`maxCharacters\` if it is meant to be that long.`,
  );
}

/** Without blank lines before it and blanks at its end; what its first line is indented by stays. */
function trimBlank(text: string): string {
  const trimmed = text.trimEnd();
  const first = trimmed.length - trimmed.trimStart().length;
  return trimmed.slice(trimmed.lastIndexOf('\n', first) + 1);
}

function shorten(line: string): string {
  const characters = [...line.slice(0, 2 * longestInPath)];
  return characters.length <= longestInPath ? line : `${characters.slice(0, longestInPath).join('')}…`;
}

/** The first heading, where it stands above all others as a title does. */
export function titleOf(blocks: readonly Block[]): string | undefined {
  const [first, ...others] = blocks.filter((block) => block.kind === 'heading');
  if (first?.level === undefined) return undefined;
  const { level } = first;
  return others.every((other) => (other.level ?? level) > level) ? first.text : undefined;
}
