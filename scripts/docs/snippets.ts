import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { API, type Diagnostic, type Program, type Project, SymbolFlags } from 'typescript/unstable/sync';
import type { Block } from './blocks.ts';
import { type Entry, entriesOf } from './entries.ts';
import type { Problem } from './problem.ts';

/** A block of code as a module that stands on its own. */
export interface Snippet {
  readonly block: Block;
  /** Absolute. */
  readonly file: string;
  /** What it uses and does not say where it has it from. */
  readonly given: readonly string[];
}

export interface Compiled {
  readonly snippets: readonly Snippet[];
  readonly problems: readonly Problem[];
}

/** Where a name comes from that a snippet takes for granted. */
interface Source {
  readonly specifier: string;
  readonly isType: boolean;
}

/** `Cannot find name`, with and without a guess at another, of values, namespaces and in short-hand properties. */
const unknownName: readonly number[] = [2304, 2552, 2503, 18004];

/**
 * Compiles all blocks in one program, strictly, against the public entries of the package. What a block uses without
 * saying where it is from comes from `given/` or, where the package itself exports it, from there.
 *
 * @param directory is emptied; it must lie in the project, so that packages are found
 */
export function compile(root: string, directory: string, blocks: readonly Block[]): Compiled {
  const entries = entriesOf(root);
  const givenDirectory = path.join(root, 'scripts', 'docs', 'given');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const config = path.join(directory, 'tsconfig.json');
  writeFileSync(config, configText(root, entries, givenDirectory));
  const drafts = blocks.map((block) => ({ block, file: path.join(directory, nameOf(block)) }));
  for (const { block, file } of drafts) writeFileSync(file, moduleText(block.code, []));

  const api = new API({ cwd: root });
  try {
    const draft = openProject(api, config);
    const sources = sourcesOf(draft, directory, entries, givenDirectory);
    const snippets = drafts.map(({ block, file }) => {
      const names = unknownNames(draft.program, file, moduleText(block.code, []));
      return { block, file, given: names.filter((name) => sources.has(name)) };
    });
    for (const { block, file, given } of snippets)
      writeFileSync(file, moduleText(block.code, importsOf(given, sources)));
    const changed = snippets.map(({ file }) => file);
    const snapshot = api.updateSnapshot({ fileChanges: { changed } });
    const project = snapshot.getProject(config);
    if (!project) throw new Error(`The compiler lost ${config}.`);
    const problems = snippets.flatMap((snippet) => problemsOf(project.program, snippet));
    return { snippets, problems };
  } finally {
    api.close();
  }
}

function openProject(api: API, config: string): Project {
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  if (!project) throw new Error(`The compiler does not open ${config}.`);
  return project;
}

function configText(root: string, entries: readonly Entry[], givenDirectory: string): string {
  return JSON.stringify({
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: Object.fromEntries(entries.map(({ specifier, types }) => [specifier, [types]])),
      // A snippet shows something and need not use it, and reads variables as most people do.
      noUnusedLocals: false,
      noUnusedParameters: false,
      noPropertyAccessFromIndexSignature: false,
    },
    include: ['./*', path.join(givenDirectory, '*.ts')],
    exclude: [],
  });
}

/** The first line is for what is given, so every other line is one further down. */
function moduleText(code: string, imports: readonly string[]): string {
  return `${imports.join(' ')}\n${code}\nexport {};\n`;
}

function nameOf({ file, line, language }: Block): string {
  const extension = language === 'js' || language === 'javascript' ? 'mjs' : 'ts';
  return `${file.replace(/\.\w+$/, '').replaceAll('/', '-')}-${line}.${extension}`;
}

function sourcesOf(
  project: Project,
  directory: string,
  entries: readonly Entry[],
  givenDirectory: string,
): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>();
  const given = readdirSync(givenDirectory)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(givenDirectory, name));
  // Who looks for a name asks the snippets' own table first, then `telltale`, then its subpaths.
  const places = [
    ...given.map((file) => ({ file, specifier: relativeFrom(directory, file) })),
    // The drop-in exports all of openai's names, which are meant as openai's.
    ...entries
      .filter(({ specifier }) => specifier !== 'telltale/openai')
      .map(({ types, specifier }) => ({ file: types, specifier })),
  ];
  for (const { file, specifier } of places) {
    const source = project.program.getSourceFile(file);
    const module = source && project.checker.getSymbolAtLocation(source);
    if (!module) continue;
    for (const exported of project.checker.getExportsOfModule(module)) {
      if (sources.has(exported.name)) continue;
      const target =
        exported.flags & SymbolFlags.Alias ? project.checker.getAliasedSymbol(exported) : exported;
      sources.set(exported.name, { specifier, isType: (target.flags & SymbolFlags.Value) === 0 });
    }
  }
  return sources;
}

/** With `/` on every system, as specifiers have. */
function relativeFrom(directory: string, file: string): string {
  return path.relative(directory, file).replaceAll(path.sep, '/');
}

function importsOf(names: readonly string[], sources: ReadonlyMap<string, Source>): readonly string[] {
  return names.flatMap((name) => {
    const source = sources.get(name);
    if (!source) return [];
    return [`import { ${source.isType ? 'type ' : ''}${name} } from ${JSON.stringify(source.specifier)};`];
  });
}

function unknownNames(program: Program, file: string, text: string): readonly string[] {
  const found = program
    .getSemanticDiagnostics(file)
    .filter(({ code }) => unknownName.includes(code))
    .map(({ pos, end }) => text.slice(pos, end));
  return [...new Set(found)].sort();
}

function problemsOf(program: Program, { block, file }: Snippet): readonly Problem[] {
  const source = program.getSourceFile(file);
  const text = source?.text ?? '';
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map((diagnostic) => ({
    file: block.file,
    line: block.line + Math.max(0, text.slice(0, diagnostic.pos).split('\n').length - 2),
    says: sentenceOf(diagnostic),
  }));
}

function sentenceOf({ code, text, messageChain = [] }: Diagnostic): string {
  const chain = messageChain.map((each) => sentenceOf(each).replace(/^TS\d+: /, ''));
  return [`TS${code}: ${text}`, ...chain].join(' ');
}
