import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { observeInstance } from './observe-instance.ts';
import { observeClasses } from './observed-class.ts';

/**
 * The URL of a module that exports all that the openai module at `url` exports, with observed client classes. The
 * original stays where it is, so that its subpaths (`openai/streaming`) share their classes with it. It is a `data:`
 * URL because a source of one's own for a URL would need a load hook, and with one of those Node 22.15 does not show
 * the `require` calls of CommonJS modules to resolve hooks.
 */
export function observedModuleUrl(url: string): string {
  const names = clientNames(readFileSync(fileURLToPath(url), 'utf8'));
  const original = JSON.stringify(url);
  const source = [
    `import { observedExports } from ${JSON.stringify(import.meta.url)};`,
    `import * as original from ${original};`,
    `export * from ${original};`,
    'const observed = observedExports(original);',
    ...names.map((name, index) => `const client${index} = observed(original.${name});`),
    `export { ${names.map((name, index) => `client${index} as ${name}`).join(', ')} };`,
  ].join('\n');
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** For the module above: exchanges client classes for their observed ones. */
export function observedExports(original: Readonly<Record<string, unknown>>): <T>(value: T) => T {
  return observeClasses(original, observeInstance);
}

/** `default` and the names of the client classes among the exports: `OpenAI`, `AzureOpenAI`, … */
function clientNames(source: string): readonly string[] {
  const exported = [...source.matchAll(/\bexport\s*\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    list.split(',').map(
      (item) =>
        item
          .trim()
          .split(/\s+as\s+/)
          .at(-1) ?? '',
    ),
  );
  return [...new Set(exported.filter((name) => name === 'default' || /^\w*OpenAI$/.test(name)))];
}
