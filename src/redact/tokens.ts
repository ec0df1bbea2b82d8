import { edge } from './edge.ts';

/** Where one kind of secret is found, and how to show that it was there. */
export interface Pattern {
  readonly pattern: RegExp;
  /** What to put for a match; the match itself leaves it as it is. `groups` are the pattern's own. */
  readonly replace: (match: string, groups: readonly (string | undefined)[]) => string;
}

const find = (source: string, replace: Pattern['replace']): Pattern => ({
  pattern: new RegExp(source, 'gi'),
  replace,
});

/** Like a word of prose, or random? Names of schemes and sentences are short, or have neither digits nor length. */
export function looksRandom(value: string): boolean {
  return value.length >= 24 || (value.length >= 6 && /\d/.test(value));
}

/** Keys that can be told by how they begin. */
const keyPrefixes = [
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

/** A word that begins like a key (`sk-learn-contrib`) has neither digits nor capitals. */
const apiKeys: readonly Pattern[] = [
  {
    pattern: new RegExp(
      `${edge}(?:${keyPrefixes})(?=[a-z_-]{0,100}[A-Z0-9*])[A-Za-z0-9_*-]{10}[A-Za-z0-9_*-]*`,
      'g',
    ),
    replace: () => '[redacted api key]',
  },
  {
    pattern: new RegExp(`${edge}(?:(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30}[A-Za-z0-9_-]*)`, 'g'),
    replace: () => '[redacted api key]',
  },
];

const schemes = 'bearer|basic|token|apikey|digest|negotiate';

/** The value of an `Authorization` header, however it is written, and a bearer token on its own. */
const authorization: readonly Pattern[] = [
  find(
    `(authorization\\\\?["']?\\s{0,4}[:=]\\s{0,4}\\\\?["']?)((?:(?:${schemes})\\s{1,4})?)([^\\s"'\\\\,;<>[\\]]+)`,
    (match, [name = '', scheme = '', value = '']) =>
      looksRandom(value) ? `${name}${scheme}[redacted token]` : match,
  ),
  find(`(${edge}bearer\\s{1,4})([A-Za-z0-9._~+/=*-]+)`, (match, [scheme = '', value = '']) =>
    looksRandom(value) ? `${scheme}[redacted token]` : match,
  ),
];

/** `eyJ` is `{"` in base64: the header of a JSON Web Token, signed or encrypted. */
const webTokens: Pattern = {
  pattern: new RegExp(`${edge}eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9._-]*`, 'g'),
  replace: (match) => `[redacted token]${/[.-]{0,8}$/.exec(match)?.[0] ?? ''}`,
};

const names = [
  'x-api-key',
  'api[-_ ]?key',
  'access[-_]?key',
  'account[-_]?key',
  'secret[-_]?access[-_]?key',
  'secret[-_]?key',
  'private[-_]?key',
  'client[-_]?secret',
  '(?:access|refresh|id|auth|session|security)[-_]?token',
  'x-amz-(?:signature|credential|security-token)',
  'password',
  'passwd',
  'pwd',
  'passphrase',
].join('|');

const exactName = new RegExp(
  `^(?:authorization|proxy-authorization|cookie|set-cookie|token|secret|${names})$`,
  'i',
);
const exactKeyName = /^(?:proxy-)?authorization$|^(?:x-)?api[-_ ]?key$/i;

/** True for a name of a field whose whole value is a secret. */
export function isSecretName(name: string): boolean {
  return exactName.test(name);
}

/** True for a name of a field that holds an API key. */
export function isKeyName(name: string): boolean {
  return exactKeyName.test(name);
}

/** `password=…`, `"api_key": "…"`, `?access_token=…&`. In prose, behind a colon, only what looks random. */
const namedSecrets: readonly Pattern[] = [
  ...['"', "'"].map((quote) =>
    find(
      `((?:${names})\\\\?["']?\\s{0,3}[:=]\\s{0,3}\\\\?${quote})(?!\\[redacted)[^${quote}\\\\\\r\\n]+`,
      (_match, [before = '']) => `${before}[redacted secret]`,
    ),
  ),
  find(
    `((?:${names}|[?&](?:sig|token|key)|[?&,\\s](?:signature|x-goog-signature))["']?)(\\s{0,3}[:=]\\s{0,3})([^\\s"'\\\\&,;<>(){}[\\]$]+)`,
    (match, [name = '', relation = '', value = '']) =>
      relation === '=' || looksRandom(value) ? `${name}${relation}[redacted secret]` : match,
  ),
];

/** User and password of an address: `https://user:password@host`. */
const credentialsOfAddresses: Pattern = find(
  '(://[^\\s/@:"\'\\[]{0,128}):[^\\s/@"\'\\[]{1,256}@',
  (_match, [user = '']) => `${user}:[redacted secret]@`,
);

/** What is taken out in every mode: no API key is ever anywhere. */
export const keyPatterns: readonly Pattern[] = [...apiKeys, ...authorization];

export const tokenPatterns: readonly Pattern[] = [
  ...apiKeys,
  ...authorization,
  webTokens,
  ...namedSecrets,
  credentialsOfAddresses,
];
