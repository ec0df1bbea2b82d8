import path from 'node:path';
import { API, type Symbol as ApiSymbol, type Project, SymbolFlags } from 'typescript/unstable/sync';
import { entriesOf } from './entries.ts';

/** What an entry of the package exports. */
export interface PublicEntry {
  /** `telltale`, `telltale/node`, … */
  readonly specifier: string;
  readonly names: readonly PublicName[];
}

export interface PublicName {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'value' | 'type';
  /** What its docstring says before the first tag; empty where there is none. */
  readonly says: string;
  readonly hasExample: boolean;
  /** Members that may be left out, and of which neither a sentence nor a default is written. */
  readonly silentMembers: readonly string[];
}

/** The entries that export names of ours: the drop-in has those of openai, and what registers exports nothing. */
export function publicApi(root: string): readonly PublicEntry[] {
  const api = new API({ cwd: root });
  try {
    const config = path.join(root, 'tsconfig.build.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error(`The compiler does not open ${config}.`);
    return entriesOf(root)
      .filter(({ specifier }) => specifier !== 'telltale/openai')
      .map(({ specifier, types }) => ({ specifier, names: namesOf(project, types) }))
      .filter(({ names }) => names.length > 0);
  } finally {
    api.close();
  }
}

function namesOf(project: Project, file: string): readonly PublicName[] {
  const { checker, program } = project;
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) return [];
  return checker
    .getExportsOfModule(module)
    .map((exported) => {
      const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      return {
        name: exported.name,
        kind: kindOf(symbol),
        says: checker.getDocumentationCommentOfSymbol(symbol).trim(),
        hasExample: checker.getJsDocTagsOfSymbol(symbol).some((tag) => tag.name === 'example'),
        silentMembers: silentMembers(project, symbol),
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function kindOf({ flags }: ApiSymbol): PublicName['kind'] {
  if (flags & SymbolFlags.Function) return 'function';
  if (flags & SymbolFlags.Class) return 'class';
  return flags & SymbolFlags.Value ? 'value' : 'type';
}

/** What somebody gives has to be known; what somebody is given says what it is by its name and unit. */
function silentMembers({ checker }: Project, symbol: ApiSymbol): readonly string[] {
  if (!/(?:Options|Question|Query|Request)$/.test(symbol.name)) return [];
  return [...symbol.getMembers().values()]
    .filter((member) => (member.flags & SymbolFlags.Optional) !== 0)
    .filter((member) => checker.getDocumentationCommentOfSymbol(member) === '')
    .filter((member) => !checker.getJsDocTagsOfSymbol(member).some(({ name }) => name === 'default'))
    .map(({ name }) => name);
}

/** The page `docs/api.md`: every public name with its first sentence. */
export function apiPage(entries: readonly PublicEntry[]): string {
  const sections = entries.map(({ specifier, names }) =>
    [`## ${specifier}`, '', '| | | |', '|---|---|---|', ...names.map(rowOf), ''].join('\n'),
  );
  return `${intro}\n${sections.join('\n')}`;
}

const intro = `# Every public name

Written from the docstrings by \`npm run docs:api -- --index\`; a test checks that it is current. An editor shows the whole of each
docstring, with units, defaults, ranges, errors and an example; \`npm run docs:api\` makes HTML of all of them in \`docs/api/\`.

\`telltale/openai\` exports what \`openai\` does, with clients that are observed. \`telltale/register\` is for \`node --import\`.
`;

function rowOf({ name, kind, says }: PublicName): string {
  return `| \`${name}${kind === 'function' ? '()' : ''}\` | ${kind} | ${firstSentence(says).replaceAll('|', '\\|')} |`;
}

/** Up to a full stop, a colon is none; links of docstrings are shown as the names they lead to. */
export function firstSentence(text: string): string {
  const [paragraph = ''] = text.split(/\n\s*\n/);
  const line = paragraph.replace(/\s+/g, ' ').replace(/\{@link ([^}\s]+)[^}]*\}/g, '`$1`');
  return /^.*?[.!?](?=\s+[A-Z`'"]|$)/.exec(line)?.[0] ?? line;
}
