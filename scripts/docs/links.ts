import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from './problem.ts';

/** A page of Markdown, as far as links go. */
export interface Page {
  /** From the root, with `/` on every system. */
  readonly file: string;
  /** Its lines outside of blocks of code. */
  readonly prose: readonly string[];
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** Whatever the text of the link is, a picture with a link of its own too. */
const inline = /\]\(\s*(?<target><[^>]*>|[^\s)]+)(?:\s+"[^"]*")?\s*\)/g;
const automatic = /<(?<target>(?:https?|mailto):[^>\s]*)>/g;
const reference = /^\s{0,3}\[[^\]^]+\]:\s*(?<target>\S+)/g;
const attribute = /<(?:a|img|source)\s[^>]*?\b(?:href|src)="(?<target>[^"]*)"/g;

/** Every link of a page, but those in code. */
export function linksOf({ prose }: Page): readonly Link[] {
  return prose.flatMap((line, at) => {
    const text = withoutCode(line);
    return [inline, automatic, reference, attribute].flatMap((form) =>
      [...text.matchAll(form)].map(({ groups }) => ({
        line: at + 1,
        target: (groups?.['target'] ?? '').replace(/^<|>$/g, ''),
      })),
    );
  });
}

/** The code that is the text of a link is no code of a link. */
function withoutCode(line: string): string {
  return line.replace(/(`+)(?!`)(.*?[^`])\1(?!`)/g, (_code, marks: string, text: string) =>
    `${marks}${'x'.repeat(text.length)}${marks}`.replaceAll('`', 'x'),
  );
}

/** The anchors that GitHub gives to a page: of its headings, and those that are written as HTML. */
export function anchorsOf({ prose }: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  const used = new Map<string, number>();
  for (const [at, line] of prose.entries()) {
    for (const [, id = ''] of line.matchAll(/<[a-z]+\s[^>]*?\b(?:id|name)="([^"]*)"/g)) anchors.add(id);
    const [, marked] = /^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(line) ?? [];
    const underlined = /^\s{0,3}(=+|-+)\s*$/.test(prose[at + 1] ?? '') && /^\S/.test(line) ? line : undefined;
    const heading = marked ?? (underlined?.startsWith('|') ? undefined : underlined);
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const times = used.get(slug) ?? 0;
    used.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

function slugOf(heading: string): string {
  const text = heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]*>/g, '')
    .toLowerCase();
  return text
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * What is wrong with the links of the pages: targets that do not exist, anchors that no heading has, addresses that are
 * none. Nothing outside of this folder is asked.
 */
export function linkProblems(root: string, pages: readonly Page[]): readonly Problem[] {
  const known = new Map(pages.map((page) => [page.file, page]));
  return pages.flatMap((page) =>
    linksOf(page).flatMap(({ line, target }) => {
      const says = problemOf(root, page, target, known);
      return says === undefined ? [] : [{ file: page.file, line, says }];
    }),
  );
}

function problemOf(
  root: string,
  from: Page,
  target: string,
  known: ReadonlyMap<string, Page>,
): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return addressProblem(target);
  const { file, anchor } = placeOf(from.file, target);
  if (file.startsWith('..')) return `\`${target}\` leads out of this repository.`;
  const absolute = path.join(root, file);
  if (!existsSync(absolute)) return `\`${target}\` leads to ${file}, which does not exist.`;
  if (anchor === '') return undefined;
  const page = known.get(file);
  if (!page) return statSync(absolute).isFile() ? undefined : `\`${target}\` is no page.`;
  return anchorsOf(page).has(anchor) ? undefined : `\`${target}\`: ${file} has no heading \`#${anchor}\`.`;
}

function addressProblem(target: string): string | undefined {
  if (!URL.canParse(target)) return `\`${target}\` is no address.`;
  const { protocol, hostname } = new URL(target);
  if (protocol === 'mailto:') return undefined;
  if (protocol !== 'https:' && protocol !== 'http:') return `\`${target}\` is not for a browser.`;
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1';
  return isLocal || hostname.includes('.') ? undefined : `\`${target}\` names no host.`;
}

function placeOf(from: string, target: string): { readonly file: string; readonly anchor: string } {
  const [written = '', anchor = ''] = target.split('#', 2).map(decoded);
  const file = written === '' ? from : path.posix.join(path.posix.dirname(from), written);
  return { file: file.replace(/\/$/, ''), anchor };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Files under `folder` that nobody finds who begins at `start` and follows links. */
export function unreachable(
  pages: readonly Page[],
  start: string,
  files: readonly string[],
): readonly Problem[] {
  const known = new Map(pages.map((page) => [page.file, page]));
  const seen = new Set<string>([start]);
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const page = known.get(file);
    if (!page) continue;
    for (const { target } of linksOf(page)) {
      if (/^[a-z][a-z\d+.-]*:/i.test(target)) continue;
      const { file: next } = placeOf(file, target);
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return files
    .filter((file) => !seen.has(file))
    .map((file) => ({ file, line: 1, says: `No way leads here from ${start}.` }));
}
