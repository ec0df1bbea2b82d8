import { checkNumber, checkObject, invalidOption } from '../check.ts';
import {
  type AudioMinutePrice,
  type ModelPrice,
  type ServiceTier,
  serviceTiers,
  type TierPrice,
  type TokenPrice,
} from './prices.ts';

const maxUsd = 10_000;

const optionalPrices = [
  'cachedInputUsd',
  'cacheWriteInputUsd',
  'audioInputUsd',
  'imageInputUsd',
  'audioOutputUsd',
  'imageOutputUsd',
] as const;
const tokenPrices = ['inputUsd', 'outputUsd', ...optionalPrices];
const tierFields = [...tokenPrices, 'longPrompt'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks the user's own prices and returns a copy of them.
 *
 * @throws TelltaleError `invalid_option` that names the model and the field.
 */
export function checkPrices(path: string, value: unknown): Readonly<Record<string, ModelPrice>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(path, 'an object of prices by model', value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([model, price]) => [
      model,
      checkPrice(`${path}[${JSON.stringify(model)}]`, price),
    ]),
  );
}

function checkPrice(path: string, value: unknown): ModelPrice {
  const fields = checkObject(path, value, [...tierFields, 'tiers', 'audioMinuteUsd']);
  if (fields['audioMinuteUsd'] !== undefined) return checkMinutePrice(path, fields);
  const price = checkTier(path, fields);
  const { tiers } = fields;
  return tiers === undefined ? price : { ...price, tiers: checkTiers(`${path}.tiers`, tiers) };
}

/** A model is billed by tokens or by time: with both, one of the two would be ignored. */
function checkMinutePrice(path: string, fields: Fields): AudioMinutePrice {
  const other = Object.keys(fields).find((name) => name !== 'audioMinuteUsd' && fields[name] !== undefined);
  if (other !== undefined) {
    throw invalidOption(`${path}.${other}`, 'absent beside `audioMinuteUsd`', fields[other]);
  }
  return { audioMinuteUsd: checkUsd(`${path}.audioMinuteUsd`, fields['audioMinuteUsd'], 'minute') };
}

function checkTiers(path: string, value: unknown): Partial<Record<ServiceTier, TierPrice>> {
  const fields = checkObject(path, value, serviceTiers);
  const tiers: Partial<Record<ServiceTier, TierPrice>> = {};
  for (const tier of serviceTiers) {
    if (fields[tier] === undefined) continue;
    tiers[tier] = checkTier(`${path}.${tier}`, checkObject(`${path}.${tier}`, fields[tier], tierFields));
  }
  return tiers;
}

function checkTier(path: string, fields: Fields): TierPrice {
  const price = checkTokenPrice(path, fields);
  if (fields['longPrompt'] === undefined) return price;
  const longPath = `${path}.longPrompt`;
  const long = checkObject(longPath, fields['longPrompt'], ['overTokens', ...tokenPrices]);
  const overTokens = checkNumber(`${longPath}.overTokens`, long['overTokens'], { min: 1, integer: true });
  return { ...price, longPrompt: { overTokens, ...checkTokenPrice(longPath, long) } };
}

function checkTokenPrice(path: string, fields: Fields): TokenPrice {
  const usdOf = (name: string) => checkUsd(`${path}.${name}`, fields[name], 'million tokens');
  const optional = optionalPrices.filter((name) => fields[name] !== undefined);
  return {
    inputUsd: usdOf('inputUsd'),
    outputUsd: usdOf('outputUsd'),
    ...Object.fromEntries(optional.map((name) => [name, usdOf(name)])),
  };
}

/** Six decimals keep sums exact, and catch a price per token where one per million is meant. */
function checkUsd(path: string, value: unknown, unit: string): number {
  const usd = checkNumber(path, value, { min: 0, max: maxUsd });
  if (Math.round(usd * 1e6) / 1e6 === usd) return usd;
  throw invalidOption(path, `USD per ${unit} with at most 6 decimals`, value);
}
