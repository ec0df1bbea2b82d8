import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { observeModuleFile } from './commonjs-module.ts';
import { observedModuleUrl } from './es-module.ts';
import { messageOf, say } from './say.ts';

/** Telltale's own modules, which import the openai that is there. */
const ownModules = new URL('..', import.meta.url).href;

/**
 * From now on, whoever imports or requires `openai` in this thread gets the one he would have got, with observed
 * clients. Each copy and version of openai in the application is observed where it is.
 */
export function redirectOpenai(): void {
  /** What each entry file of an openai resolves to instead. */
  const redirected = new Map<string, string>();
  module.registerHooks({
    resolve: function resolveOpenai(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      if (specifier !== 'openai' || context.parentURL?.startsWith(ownModules)) return resolved;
      let url = redirected.get(resolved.url);
      if (url === undefined) {
        url = observedUrl(resolved.url);
        redirected.set(resolved.url, url);
      }
      return url === resolved.url ? resolved : { ...resolved, url, format: 'module' };
    },
  });
}

/** Where to import instead of `url`; for CommonJS the same, whose module is exchanged. */
function observedUrl(url: string): string {
  try {
    const version = versionOf(url);
    if (version === undefined) return url;
    if (!/^[67]\./.test(version)) {
      say(`openai ${version} is not observed: Telltale observes openai 6 and 7. (${fileURLToPath(url)})`);
      return url;
    }
    if (url.endsWith('.mjs')) return observedModuleUrl(url);
    observeModuleFile(fileURLToPath(url));
  } catch (fault) {
    say(`${url} could not be observed and is left as it is: ${messageOf(fault)}`);
  }
  return url;
}

/** The version of the openai that has its entry file at `url`; undefined for another package under that name. */
function versionOf(url: string): string | undefined {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', url), 'utf8'));
  const { name, version } = manifest as { name?: unknown; version?: unknown };
  return name === 'openai' && typeof version === 'string' ? version : undefined;
}
