import { redactEmails } from './emails.ts';
import { redactIbans } from './ibans.ts';
import { isCardNumber, redactNumbers } from './numbers.ts';
import { redactPrivateKeys } from './private-keys.ts';
import { isKeyName, isSecretName, keyPatterns, namedSecrets, type Pattern, tokenPatterns } from './tokens.ts';

/** Takes secrets out of what is recorded. Text without any comes back as it is. */
export interface Redactor {
  text(text: string): string;
  /** A word that says what something is (`user`, `tool_call`): the user's own function has no say in it. */
  word(word: string): string;
  /** True for a name of a field whose text is a secret, whatever it looks like. */
  hides(name: string): boolean;
  /** A text that is the value of a field: a field called `password` has a secret, whatever it looks like. */
  named(name: string, value: string): string;
  /** What to put for a number that is the value of a field; undefined to leave it. */
  number(name: string, value: number): string | undefined;
}

/** The text without API keys and authorizations. Nothing else is taken out. */
export function redactKeys(text: string): string {
  return replaceAll(text, keyPatterns);
}

/** The text without any of the secrets that are known here. */
export function redactSecrets(text: string): string {
  // What can be told by its form goes first. A password may have any form, and parts of it may be gone by then.
  const withoutTokens = replaceAll(redactPrivateKeys(text), tokenPatterns);
  return replaceAll(redactNumbers(redactIbans(redactEmails(withoutTokens))), namedSecrets);
}

/**
 * `redacted` takes out every kind of secret that is known here, `full` only API keys. `own` comes before: it sees the
 * text as it was, and what it returns is looked through like any other.
 */
export function createRedactor(mode: 'redacted' | 'full', own?: (text: string) => string): Redactor {
  const before = own ?? ((text: string) => text);
  if (mode === 'full') {
    const text = (value: string): string => redactKeys(before(value));
    return {
      text,
      word: redactKeys,
      hides: isKeyName,
      named: (name, value) => (isKeyName(name) && value !== '' ? '[redacted api key]' : text(value)),
      number: () => undefined,
    };
  }
  const text = (value: string): string => redactSecrets(before(value));
  return {
    text,
    word: redactSecrets,
    hides: isSecretName,
    named: (name, value) => {
      if (isSecretName(name) && value !== '') return '[redacted secret]';
      const redacted = text(value);
      if (isAddressName(name)) return withoutQuery(redacted);
      return isPhoneName(name) && /\d[\d\s()./+-]{5}/.test(redacted) ? '[redacted phone]' : redacted;
    },
    number: (name, value) => {
      // A small one may count tokens; a large one is a code.
      if (isSecretName(name) && value >= 1000) return '[redacted secret]';
      if (isPhoneName(name) && value >= 1_000_000) return '[redacted phone]';
      return isCardNumber(value) ? '[redacted card]' : undefined;
    },
  };
}

/** A secret that is shorter may be part of a word. */
const shortestSecret = 8;

/** A redactor that also takes out texts that are known to be secret. It sees them first. */
export function withoutSecrets(redactor: Redactor, secrets: Iterable<string>): Redactor {
  const known = [...secrets].filter((secret) => secret.length >= shortestSecret);
  if (known.length === 0) return redactor;
  const strip = (text: string): string =>
    known.reduce((left, secret) => left.replaceAll(secret, '[redacted api key]'), text);
  return {
    text: (text) => redactor.text(strip(text)),
    word: (word) => redactor.word(strip(word)),
    hides: (name) => redactor.hides(name),
    named: (name, value) => redactor.named(name, strip(value)),
    number: (name, value) => redactor.number(name, value),
  };
}

function replaceAll(text: string, patterns: readonly Pattern[]): string {
  let replaced = text;
  for (const { pattern, replace } of patterns) {
    // Behind the groups come the place and the whole text.
    replaced = replaced.replace(pattern, (match: string, ...rest: unknown[]) =>
      replace(match, rest.slice(0, -2) as (string | undefined)[]),
    );
  }
  return replaced;
}

/** An address of an image or a file. */
function isAddressName(name: string): boolean {
  return /^(?:uri|(?:image|file)_url)$/.test(name);
}

function isPhoneName(name: string): boolean {
  return /(?:phone|mobile|telefon|fax|^tel|^cell)(?:[_-]?(?:number|nummer|num|no|nr))?$/i.test(name);
}

/** The query of an address that gives access often is what gives it. */
function withoutQuery(address: string): string {
  const at = address.indexOf('?');
  return at === -1 || !/^[a-z][a-z0-9+.-]{0,30}:/i.test(address)
    ? address
    : `${address.slice(0, at)}?[redacted query]`;
}
