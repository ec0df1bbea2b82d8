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

/** What most words look like: they are written down as they are. */
const isTame = /^[A-Za-z0-9._:/-]*$/;
const mayHoldKey = new RegExp(keyPrefixes);
const apiKey = new RegExp(
  `(?<![A-Za-z0-9])(?:${keyPrefixes})(?=[a-z_-]{0,100}[A-Z0-9*])[A-Za-z0-9_*-]{10}[A-Za-z0-9_*-]*`,
  'g',
);

/**
 * What somebody else chose to say (an id, a model, a reason, a header, the sentence of an error) as it is written down: in one
 * line, without what looks like an API key, and cut where it is longer than 256 characters.
 */
export function outsideWord(word: string): string {
  if (word.length <= longest && isTame.test(word) && !mayHoldKey.test(word)) return word;
  // A key that the cut goes through would not look like one any more.
  const kept = word.slice(0, 2 * longest).replace(apiKey, '[redacted api key]');
  const shown = kept.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu, '\ufffd');
  return shown.length <= longest && word.length <= 2 * longest ? shown : `${shown.slice(0, longest)}…`;
}
