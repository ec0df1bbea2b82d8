import type { Body } from './answer.ts';
import { recordOf } from './fields.ts';
import { hash32 } from './seeded.ts';
import { type Count, textsOf } from './usage.ts';
import type { World } from './world.ts';

/** Prompts of this length on are cached, in whole blocks. */
const CACHE_FROM_TOKENS = 1_024;
const BLOCK_TOKENS = 128;

/** What a block is by the mock's own rule; with a tokenizer, how finely prefixes are told apart. */
const BLOCK_CHARACTERS = 512;

/** Of a 32-bit hash each: 12 MB at most, and the least lately used goes first. */
const MOST_BLOCKS = 65_536;

const MINUTE_MS = 60_000;

/** A prompt as the cache sees it. */
export interface Prompt {
  readonly model: string;
  /** Of the organisation that asks. */
  readonly key: string;
  readonly body: Body;
  /** Messages or items, what comes first before what comes later. */
  readonly items: readonly unknown[];
  readonly inputTokens: number;
  /** The mock's tokenizer; undefined for the rule of four characters. */
  readonly count: Count | undefined;
}

/** When each prefix that was seen is forgotten, the least lately used first. */
type Seen = Map<number, number>;

function seenIn(_world: World): Seen {
  return new Map();
}

/**
 * How many tokens of a prompt the provider has in its cache: of the longest beginning, in whole blocks, that came before
 * with the same model, key and `prompt_cache_key`. From now on it has this one.
 */
export function cachedTokensOf(prompt: Prompt, world: World): number {
  if (prompt.inputTokens < CACHE_FROM_TOKENS) return 0;
  const seen = world.part(seenIn);
  const nowMs = world.clock.nowMs();
  const text = textOf(prompt);
  const prefixes = prefixesOf(
    text,
    hash32(world.seed, `${prompt.model} ${cacheKeyOf(prompt)} ${prompt.key}`),
  );
  const known = prefixes.findIndex((prefix) => (seen.get(prefix) ?? Number.NEGATIVE_INFINITY) <= nowMs);
  remember(seen, prefixes, nowMs, retentionOf(prompt.body));
  const blocks = known === -1 ? prefixes.length : known;
  const tokens = prompt.count
    ? prompt.count(text.slice(0, blocks * BLOCK_CHARACTERS))
    : blocks * BLOCK_TOKENS;
  const cached = Math.floor(Math.min(tokens, prompt.inputTokens) / BLOCK_TOKENS) * BLOCK_TOKENS;
  return cached < CACHE_FROM_TOKENS ? 0 : cached;
}

function cacheKeyOf({ body }: Prompt): string {
  return JSON.stringify(body['prompt_cache_key'] ?? null);
}

/** Tools come before all messages, and a message says whose it is: no more than its overhead in tokens has room for. */
function textOf({ body, items }: Prompt): string {
  const tools = body['tools'] == null ? '' : `\0tools${textsOf(body['tools']).join('')}`;
  return items.reduce<string>((text, item) => `${text}\0${roleOf(item)}${textsOf(item).join('')}`, tools);
}

function roleOf(item: unknown): string {
  if (typeof item === 'string') return 'user';
  const role = recordOf(item)?.['role'];
  return typeof role === 'string' ? role.slice(0, 12) : '';
}

/** A hash of each beginning of `text` that is a whole number of blocks: 53 bits, of two that run side by side. */
function prefixesOf(text: string, start: number): readonly number[] {
  const prefixes: number[] = [];
  let [a, b] = [start | 0, ~start];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 15);
    if ((index + 1) % BLOCK_CHARACTERS === 0) prefixes.push((a >>> 0) * 2 ** 21 + (b >>> 11));
  }
  return prefixes;
}

/** In milliseconds; undefined for the usual five to ten minutes since the last use. */
function retentionOf(body: Body): number | undefined {
  if (body['prompt_cache_retention'] === '24h') return 24 * 60 * MINUTE_MS;
  const ttl = recordOf(body['prompt_cache_options'])?.['ttl'];
  return ttl === '30m' ? 30 * MINUTE_MS : ttl === '12h' ? 12 * 60 * MINUTE_MS : undefined;
}

function remember(seen: Seen, prefixes: readonly number[], nowMs: number, keptMs: number | undefined): void {
  // One time for all of a prompt, so that its beginning is never forgotten before its end.
  const usualMs = (5 + 5 * (((prefixes[0] ?? 0) % 1_024) / 1_024)) * MINUTE_MS;
  const untilMs = nowMs + (keptMs ?? usualMs);
  for (const prefix of prefixes) {
    const before = seen.get(prefix) ?? 0;
    seen.delete(prefix);
    seen.set(prefix, Math.max(before, untilMs));
  }
  for (const oldest of seen.keys()) {
    if (seen.size <= MOST_BLOCKS) break;
    seen.delete(oldest);
  }
}
