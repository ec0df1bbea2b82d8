import { UsageError } from '../../../loadtest/usage-error.ts';
import { nearest } from '../../check.ts';
import { costOf, type ModelPrice, pricedModels } from '../../index.ts';

const { asOf, models } = pricedModels();

/** The day of the price table. */
export const pricesAsOf = asOf;
/** All of the table, in its order: the newest first. */
export const tableModels: readonly string[] = Object.keys(models);

/** The table's price; a dated snapshot has that of its family. */
export function listedPrice(model: string): ModelPrice | undefined {
  const family = /^(.+)-\d{4}-\d{2}-\d{2}$/.exec(model)?.[1];
  return own(model) ?? (family === undefined ? undefined : own(family));
}

function own(model: string): ModelPrice | undefined {
  return Object.hasOwn(models, model) ? models[model] : undefined;
}

/**
 * Names of a flag such as `gpt-5,gpt-5-mini`, each once.
 *
 * @throws UsageError for a model that has no price
 */
export function readModels(flag: string, text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const given = [...new Set(names.filter((name) => name !== ''))];
  if (given.length === 0)
    throw new UsageError(`\`${flag}\` takes names of models, such as gpt-5,gpt-5-mini.`);
  for (const name of given) checkModel(flag, name);
  return given;
}

/** @throws UsageError */
export function checkModel(from: string, name: string): void {
  if (listedPrice(name)) return;
  const near = nearest(name, tableModels);
  const hint =
    near === undefined
      ? 'See `telltale estimate --all x` for those that have one.'
      : `Did you mean \`${near}\`?`;
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  throw new UsageError(
    `No price is known for \`${shown}\`, which \`${from}\` names (prices of ${asOf}). ${hint}`,
  );
}

/** A generation, and what tells its sizes apart: other names are for something special. */
const sized = /^(gpt-(\d+)(?:\.\d+)?o?|o\d)(?:-(?:mini|nano|pro|astra|sol|terra|luna))?$/;

/**
 * Models that do the same for less money, dearest first: of the same generation, or, where that has none, of any with the
 * same first number. By what a million tokens in and a million out cost, of which neither may be dearer.
 */
export function cheaperThan(model: string): readonly string[] {
  const family = model.replace(/-\d{4}-\d{2}-\d{2}$/, '');
  const [, generation, major] = sized.exec(family) ?? [];
  const price = listedPrice(family);
  if (generation === undefined || price === undefined) return [];
  const cheaper = tableModels.filter((name) => isCheaper(models[name], price) && sized.test(name));
  const near = cheaper.filter((name) => sized.exec(name)?.[1] === generation);
  const far = cheaper.filter((name) => major !== undefined && sized.exec(name)?.[2] === major);
  return (near.length > 0 ? near : far).toSorted((a, b) => millionUsd(b) - millionUsd(a));
}

function isCheaper(one: ModelPrice | undefined, than: ModelPrice): boolean {
  if (!one || one.audioMinuteUsd !== undefined || than.audioMinuteUsd !== undefined) return false;
  return one.inputUsd < than.inputUsd && one.outputUsd < than.outputUsd;
}

function millionUsd(model: string): number {
  // Not a prompt of its own that long, which would cost more a token.
  return costOf({ model, usage: { inputTokens: 1_000, outputTokens: 1_000 } }) ?? 0;
}
