import { checkObject, checkString, invalidOption } from '../../check.ts';
import { type ModelPattern, modelPattern } from '../../model-pattern.ts';

/** Another client to ask: of another key, region or provider. */
export interface FallbackClient {
  /** A client of openai 6 or 7, such as an `AzureOpenAI`. Where it is observed, its own limits and breakers hold;
   * otherwise it is observed from now on as a part of the client that has this fallback, without limits of its own. */
  readonly client: object;
  /** @default the model that was asked for */
  readonly model?: string;
}

/**
 * Whom to ask when a model cannot answer: by the name of the model that was asked for, in which a `*` stands for any
 * text, a list of models of the same client, and of other clients. An exact name goes before a pattern, and a pattern
 * with more letters before one with fewer. A list is the whole plan: the lists of the models in it are not followed.
 *
 * @example
 * ```ts
 * const fallback: FallbackOptions = {
 *   'gpt-5': ['gpt-5-mini', { client: new AzureOpenAI(), model: 'gpt-5-eu' }],
 *   '*': [{ client: new OpenAI({ apiKey: process.env.OTHER_KEY }) }],
 * };
 * ```
 */
export type FallbackOptions = Readonly<Record<string, readonly (string | FallbackClient)[]>>;

/** Where a call may go on: `client` is undefined for the one that it was made on. */
export interface FallbackTarget {
  readonly client: object | undefined;
  /** Undefined for the model that was asked for. */
  readonly model: string | undefined;
}

export interface FallbackRule {
  readonly pattern: ModelPattern;
  readonly targets: readonly FallbackTarget[];
}

/**
 * Checks a fallback and copies it: the closest rule comes first.
 *
 * @param own the client that has this fallback
 * @param isClient whether something is a client of openai
 * @throws TelltaleError `invalid_option`
 */
export function checkFallback(
  path: string,
  given: unknown,
  own: object,
  isClient: (value: object) => boolean,
): readonly FallbackRule[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidOption(path, 'an object with a list for each model', given);
  const rules = Object.entries(given).map(([model, list]: [string, unknown]) => {
    const listPath = `${path}[${JSON.stringify(model)}]`;
    if (model === '') throw invalidOption(`${path}[""]`, 'absent, because no model has no name', list);
    if (!Array.isArray(list) || list.length === 0)
      throw invalidOption(listPath, 'a list of at least one model or client', list);
    const targets = list.map((one, index) => checkTarget(`${listPath}[${index}]`, one, own, isClient));
    for (const [index, target] of targets.entries()) {
      if (
        isSame(target, { client: undefined, model }) ||
        isSame(target, { client: undefined, model: undefined })
      )
        throw invalidOption(
          `${listPath}[${index}]`,
          'another model or client than what it stands in for',
          list[index],
        );
      const first = targets.findIndex((other) => isSame(other, target));
      if (first !== index)
        throw invalidOption(
          `${listPath}[${index}]`,
          `another target than \`${listPath}[${first}]\``,
          list[index],
        );
    }
    return { pattern: modelPattern(model), targets };
  });
  return rules.sort((a, b) => compare(b.pattern.closeness, a.pattern.closeness));
}

/** Infinity less itself is no number. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function checkTarget(
  path: string,
  given: unknown,
  own: object,
  isClient: (value: object) => boolean,
): FallbackTarget {
  if (typeof given === 'string') return { client: undefined, model: checkModel(path, given) };
  if (typeof given !== 'object' || given === null)
    throw invalidOption(path, 'the name of a model, or `{ client, model }`', given);
  const { client, model } = checkObject(path, given, ['client', 'model']);
  if (typeof client !== 'object' || client === null || !isClient(client))
    throw invalidOption(`${path}.client`, 'an OpenAI client of the same major version', client);
  return {
    client: client === own ? undefined : client,
    model: model === undefined ? undefined : checkModel(`${path}.model`, model),
  };
}

function checkModel(path: string, given: unknown): string {
  const model = checkString(path, given);
  if (model.includes('*')) throw invalidOption(path, 'the name of one model, without `*`', given);
  return model;
}

export function isSame(one: FallbackTarget, other: FallbackTarget): boolean {
  return one.client === other.client && one.model === other.model;
}
