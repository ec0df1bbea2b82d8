import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A package on this machine. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Its folder, links resolved: two copies are two folders. */
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The package that a module in `from` would get; undefined where there is none. */
export function installedFor(name: string, from: string): Installed | undefined {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const found = installedAt(name, path.join(folder, 'node_modules', name));
    if (found) return found;
    if (path.dirname(folder) === folder) return resolved(name, from);
  }
}

/** For what lies elsewhere, as with Yarn's Plug'n'Play, or is the package that one is in. */
function resolved(name: string, from: string): Installed | undefined {
  try {
    const entry = createRequire(path.join(from, 'any.js')).resolve(name);
    for (let folder = path.dirname(entry); path.dirname(folder) !== folder; folder = path.dirname(folder)) {
      const found = installedAt(name, folder);
      if (found) return found;
    }
  } catch {
    // There is none.
  }
  return undefined;
}

export function installedAt(name: string, folder: string): Installed | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null) return undefined;
    const { version, dependencies, peerDependencies, name: own } = manifest as Record<string, unknown>;
    // An alias (`npm:other@1`) has another name, and is another package.
    if (own !== name || typeof version !== 'string') return undefined;
    return {
      name,
      version,
      folder: realpathSync(folder),
      dependencies: ranges(dependencies),
      peerDependencies: ranges(peerDependencies),
    };
  } catch {
    return undefined;
  }
}

function ranges(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** More folders than this are not looked into: a check has a few seconds. */
const mostFolders = 20_000;

/** Every copy of a package below the project's `node_modules`, by its folder. */
export function copiesBelow(name: string, project: string): readonly Installed[] {
  const copies = new Map<string, Installed>();
  const waiting = [path.join(project, 'node_modules')];
  for (let looked = 0; looked < mostFolders; looked++) {
    const folder = waiting.pop();
    if (folder === undefined) break;
    const found = installedAt(name, path.join(folder, name));
    if (found) copies.set(found.folder, found);
    waiting.push(...nestedIn(folder));
  }
  return [...copies.values()];
}

/** The `node_modules` of the packages in one. A link leads to what is looked at elsewhere, but for pnpm's store. */
function nestedIn(modules: string): readonly string[] {
  return foldersIn(modules).flatMap((name) => {
    const folder = path.join(modules, name);
    if (name === '.pnpm') return foldersIn(folder).map((one) => path.join(folder, one, 'node_modules'));
    if (name.startsWith('@')) return foldersIn(folder).map((one) => path.join(folder, one, 'node_modules'));
    return name.startsWith('.') ? [] : [path.join(folder, 'node_modules')];
  });
}

function foldersIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
