import type { Uploadable } from 'openai';
import type { ClientMethod } from './client-methods.ts';

/** Every identifier in a request and in its answer: one that looks like a word, which some are. */
export const identifier = 'quince-medlar';

/** What the caller writes: it stands nowhere else. */
export const asked = 'Kestrel asks';

/** What any endpoint that wants a body may look for in it. */
const plausible = {
  model: 'gpt-5-mini',
  name: asked,
  input: asked,
  prompt: asked,
  instructions: asked,
  messages: [{ role: 'user', content: asked }],
  metadata: { note: asked },
};

/** Arguments for a method, made from its parameters: undefined for one that is not understood. */
export function argumentsFor({ source }: ClientMethod, file: Uploadable): unknown[] | undefined {
  const parameters = parametersOf(source);
  const args: unknown[] = [];
  for (const parameter of parameters) {
    if (parameter === 'options') continue;
    if (/^(?:body|params|query)$/.test(parameter)) args.push(bodyFor(source, parameters, parameter, file));
    else if (/^(?:id|model|version|.*I[dD]|fineTunedModelCheckpoint)$/.test(parameter)) args.push(identifier);
    else if (parameter === 'file') args.push(file);
    else return undefined;
  }
  return args;
}

/** Names alone: `query = {}` is `query`. */
function parametersOf(source: string): string[] {
  const [, list = ''] = /^(?:async )?\w+\(([^)]*)\) \{/.exec(source) ?? [];
  return list
    .split(',')
    .map((one) => one.replace(/=.*/, '').trim())
    .filter((one) => one !== '');
}

function bodyFor(source: string, parameters: readonly string[], parameter: string, file: Uploadable): object {
  const inPath = [...source.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  const identifiers = inPath.filter((name) => !parameters.includes(name)).map((name) => [name, identifier]);
  if (parameter === 'query') return { after: asked };
  const isForm = /multipart/i.test(source);
  return {
    ...(isForm ? { model: plausible.model, prompt: asked, file, image: file } : plausible),
    ...Object.fromEntries(identifiers),
  };
}
