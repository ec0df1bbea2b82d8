import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** A source file; `name` is its path from `src/`, with `/` on every system. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

export function sourceFiles(): readonly SourceFile[] {
  const directory = path.join(root, 'src');
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      name: name.replaceAll(path.sep, '/'),
      text: readFileSync(path.join(directory, name), 'utf8'),
    }));
}

/** What is left to run: no types, no type-only imports, no comments. */
export function runtimeCode(text: string): string {
  return withoutComments(stripTypeScriptTypes(text));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

const importForms = [
  /^(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^import\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g,
];

/** What a file imports at run time: packages by their specifier, files of ours by their path from `src/`. */
export function runtimeImports({ name, text }: SourceFile): readonly string[] {
  return importsIn(runtimeCode(text), name);
}

/** What a file imports, types included. */
export function allImports({ name, text }: SourceFile): readonly string[] {
  return importsIn(withoutComments(text), name);
}

function importsIn(code: string, name: string): readonly string[] {
  return importForms
    .flatMap((form) => [...code.matchAll(form)].map(([, specifier = '']) => specifier))
    .map((specifier) =>
      specifier.startsWith('.') ? path.posix.join(path.posix.dirname(name), specifier) : specifier,
    );
}

/** The folder of `src/` that a path lies in; an empty text for a file directly in it, and for a package. */
export function folderOf(name: string): string {
  const [folder = '', ...rest] = name.split('/');
  return rest.length === 0 ? '' : folder;
}
