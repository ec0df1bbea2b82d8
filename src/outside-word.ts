import { ownKeys, redactedKey } from './own-keys.ts';

/** How API keys begin that can be told by it. */
export const keyPrefixes = [
  // OpenAI and those who took over its form. A provider shows a key in an error with `*` in it.
  'sk-',
  'sess-',
  'gsk_',
  'xai-',
  'pplx-',
  'sk_live_',
  'sk_test_',
  'rk_live_',
  'rk_test_',
  'whsec_',
  'gh[pousr]_',
  'github_pat_',
  'glpat-',
  'xox[a-z]-',
  'hf_',
  'npm_',
].join('|');

/** No id, name or reason of the API is so long. */
const longest = 256;

/** Most words have none of these, and are written down as they are. */
const wild = /[^A-Za-z0-9._:/-]/;
const mayHoldKey = new RegExp(keyPrefixes);

/**
 * Words that were written down as they are, each where its length says: every call has some, and most are those of the call
 * before (models, tiers, reasons).
 */
const recent: string[] = Array.from({ length: 32 }, () => '');
/** Of the keys that these words were looked through for. */
let generation = 0;

const apiKey = new RegExp(
  `(?<![A-Za-z0-9])(?:${keyPrefixes})(?=[a-z_-]{0,100}[A-Z0-9*])[A-Za-z0-9_*-]{10}[A-Za-z0-9_*-]*`,
  'g',
);

/** A name that begins like a key (`xai-grok-3-mini-beta`) has short parts; a key has a long random one, or `*` for it. */
function looksLikeKey(found: string): boolean {
  if (found.includes('*')) return true;
  return found.split(/[-_]/).some((part) => part.length >= 24 || (part.length >= 12 && /\d/.test(part)));
}

const bearer = /(bearer\s{1,4})[A-Za-z0-9._~+/=*-]{16,}/gi;

const redactedBearer = '$1[redacted token]';

/** A sentence of the provider's without the keys that it says back. */
export function withoutKeys(text: string): string {
  return ownKeys.without(text).replace(apiKey, redactedKey).replace(bearer, redactedBearer);
}

/** An address as it is said: without user, password and query, which often are what gives access. */
export function shownAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.host) {
    // A path that nobody wrote is not said either.
    const isWithoutPath = url.pathname === '/' && !address.endsWith('/');
    return `${url.protocol}//${url.host}${isWithoutPath ? '' : url.pathname}`;
  }
  const start = address.indexOf('//') + 2;
  const end = address.lastIndexOf('@') + 1;
  const bare = start > 1 && end > start ? address.slice(0, start) + address.slice(end) : address;
  return bare.split('?', 1)[0] ?? '';
}

/**
 * What somebody else chose to say (an id, a model, a reason, a header, the sentence of an error) as it is written down: in one
 * line, without what looks like an API key or is one of this process's, and cut where it is longer than 256 characters.
 */
export function outsideWord(given: string): string {
  const place = given.length & 31;
  if (generation !== ownKeys.generation) {
    generation = ownKeys.generation;
    recent.fill('');
  }
  if (recent[place] === given) return given;
  const word = ownKeys.without(given);
  if (word.length <= longest && !wild.test(word) && !mayHoldKey.test(word)) {
    recent[word.length & 31] = word;
    return word;
  }
  // A key that the cut goes through would not look like one any more.
  const kept = word
    .slice(0, 2 * longest)
    .replace(apiKey, (found) => (looksLikeKey(found) ? redactedKey : found))
    .replace(bearer, redactedBearer);
  const shown = kept.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu, '\ufffd');
  return shown.length <= longest && word.length <= 2 * longest ? shown : `${shown.slice(0, longest)}…`;
}
