import { keyPrefixes } from '../outside-word.ts';
import { edge } from './edge.ts';

/** Where one kind of secret is found, and how to show that it was there. */
export interface Pattern {
  readonly pattern: RegExp;
  /** What to put for a match; the match itself leaves it as it is. `groups` are the pattern's own. */
  readonly replace: (match: string, groups: readonly (string | undefined)[]) => string;
}

const find = (source: string, replace: Pattern['replace']): Pattern => ({
  pattern: new RegExp(source, 'giu'),
  replace,
});

/** Not like a word of prose: long, or with digits. */
function looksRandom(value: string): boolean {
  return value.length >= 24 || (value.length >= 6 && /\d/.test(value));
}

/** Behind a scheme, capitals in the middle tell enough: base64 may have no digits. */
function looksLikeToken(value: string): boolean {
  return looksRandom(value) || (value.length >= 8 && /[a-z]/.test(value) && /.[A-Z]/.test(value));
}

/** A word that begins like a key (`sk-learn-contrib`) has neither digits nor capitals. */
const apiKeys: readonly Pattern[] = [
  {
    pattern: new RegExp(
      `${edge}(?:${keyPrefixes})(?=[a-z_-]{0,100}[A-Z0-9*])[A-Za-z0-9_*-]{10}[A-Za-z0-9_*-]*`,
      'gu',
    ),
    replace: () => '[redacted api key]',
  },
  {
    pattern: new RegExp(`${edge}(?:(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30}[A-Za-z0-9_-]*)`, 'gu'),
    replace: () => '[redacted api key]',
  },
];

/** A quote, as it is written in JSON in a text in JSON; or none. */
const quoted = `\\\\{0,15}["']?`;

const schemes = 'bearer|basic|token|apikey|digest|negotiate';

/** A token behind its scheme: in an `Authorization`, or a bearer token on its own. */
const schemed: readonly Pattern[] = [
  find(
    `(authorization${quoted}\\s{0,4}[:=]\\s{0,4}${quoted}(?:${schemes})\\s{1,4})([^\\s"'\\\\,;<>(){}[\\]]+)`,
    (match, [scheme = '', value = '']) => (looksLikeToken(value) ? `${scheme}[redacted token]` : match),
  ),
  find(`(${edge}bearer\\s{1,4})([A-Za-z0-9._~+/=*-]+)`, (match, [scheme = '', value = '']) =>
    looksLikeToken(value) ? `${scheme}[redacted token]` : match,
  ),
];

/** `eyJ` is `{"` in base64: the header of a JSON Web Token, signed or encrypted. */
const webTokens: Pattern = {
  pattern: new RegExp(`${edge}eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9._-]*`, 'gu'),
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

/** What other rules have put in a place. */
const placeholder = '\\[redacted [a-z -]{3,12}\\]';
const onlyPlaceholders = new RegExp(`^(?:${placeholder})*$`);

/** Replaces a value, whatever of it others have replaced before. */
const namedSecret =
  (isSecret: (relation: string, value: string) => boolean): Pattern['replace'] =>
  (match, [name = '', relation = '', value = '']) =>
    !onlyPlaceholders.test(value) && isSecret(relation, value)
      ? `${name}${relation}[redacted secret]`
      : match;

/** An `Authorization` of a scheme of its own, or without one. */
const otherAuthorization: Pattern = find(
  `(authorization${quoted}\\s{0,4}[:=]\\s{0,4}${quoted})((?:${placeholder}|[^\\s"'\\\\,;<>(){}[\\]])+)`,
  (match, [name = '', value = '']) =>
    !onlyPlaceholders.test(value) && looksLikeToken(value) ? `${name}[redacted token]` : match,
);

/** `password=…`, `"api_key": "…"`, `?access_token=…&`. In prose, behind a colon, only what looks random. */
export const namedSecrets: readonly Pattern[] = [
  otherAuthorization,
  ...['"', "'"].map((quote) =>
    find(
      `((?:${names})${quoted})(\\s{0,3}[:=]\\s{0,3}\\\\{0,15}${quote})((?:${placeholder}|\\\\[^"'\\\\\\r\\n]|[^${quote}\\\\\\r\\n])+)`,
      namedSecret(() => true),
    ),
  ),
  find(
    `((?:${names}|[?&](?:sig|token|key)|[?&,\\s](?:signature|x-goog-signature))["']?)(\\s{0,3}[:=]\\s{0,3})((?:${placeholder}|[^\\s"'\\\\&,;<>(){}[\\]$])+)`,
    namedSecret((relation, value) => relation === '=' || looksRandom(value)),
  ),
];

/** User and password of an address: `https://user:password@host`. */
const credentialsOfAddresses: Pattern = find(
  '(://[^\\s/@:"\'\\[]{0,128}):[^\\s/@"\'\\[]{1,256}@',
  (_match, [user = '']) => `${user}:[redacted secret]@`,
);

/** What is taken out in every mode: no API key is ever anywhere. */
export const keyPatterns: readonly Pattern[] = [...schemed, ...apiKeys, otherAuthorization];

/** What has a scheme before it goes first: it may look like another kind in parts. */
export const tokenPatterns: readonly Pattern[] = [...schemed, webTokens, ...apiKeys, credentialsOfAddresses];
