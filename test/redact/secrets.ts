import fc from 'fast-check';

/** One made-up secret, and what of it must not be seen again. */
export interface Secret {
  readonly kind: string;
  readonly text: string;
  readonly core: string;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const tokenCharacters = `${letters}${letters.toUpperCase()}${digits}`;

const textOf = (characters: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });

const secret = (
  kind: string,
  text: fc.Arbitrary<string>,
  core = (value: string) => value,
): fc.Arbitrary<Secret> => text.map((value) => ({ kind, text: value, core: core(value) }));

/** A key has a digit: one in a million made of letters alone is the price of leaving `sk-learn-contrib` alone. */
export const apiKeys = secret(
  'api key',
  fc
    .tuple(
      fc.constantFrom('sk-', 'sk-proj-', 'sk-ant-api03-', 'gsk_', 'ghp_', 'github_pat_', 'xoxb-', 'hf_'),
      textOf(tokenCharacters, 20, 90),
      textOf(digits, 1),
    )
    .map((parts) => parts.join('')),
  (key) => key.slice(-10),
);

export const bearers = secret(
  'bearer',
  fc
    .tuple(
      fc.constantFrom('Bearer ', 'bearer ', 'Authorization: Basic ', '"authorization": "token '),
      textOf(`${tokenCharacters}-._~+/`, 24, 80),
      fc.constantFrom('', '=', '=='),
    )
    .map((parts) => parts.join('')),
  (text) => text.replace(/=*$/, '').slice(-12),
);

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const webTokens = secret(
  'jwt',
  fc
    .tuple(fc.string({ maxLength: 20 }), textOf(`${tokenCharacters}_-`, 20, 60))
    .map(
      ([sub, signature]) => `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub })}.${signature}x`,
    ),
  (token) => token.slice(-12),
);

export const emails = secret(
  'e-mail',
  fc
    .tuple(
      fc.tuple(textOf(letters + digits, 4, 20), textOf(`${letters}._+-`, 0, 6), textOf(letters, 1)),
      fc.array(textOf(letters + digits, 1, 12), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('com', 'de', 'co.uk', 'museum', 'xn--p1ai', 'рф'),
      fc.constantFrom('@', '@', '%40'),
    )
    .map(([local, labels, top, at]) => `${local.join('')}${at}${[...labels, top].join('.')}`),
  (address) => address.split(/@|%40/)[0] ?? '',
);

function withCheckDigit(number: string): string {
  for (const digit of digits) if (luhn(number + digit)) return number + digit;
  throw new Error('one of ten digits is right');
}

function luhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const weighed = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}

const issued = fc.oneof(
  fc.tuple(fc.constantFrom('4', '51', '55', '2221', '2720', '6011', '65', '3528', '62'), fc.constant(16)),
  fc.tuple(fc.constantFrom('34', '37'), fc.constant(15)),
  fc.tuple(fc.constantFrom('36', '38'), fc.constant(14)),
  fc.tuple(fc.constantFrom('62', '4'), fc.constant(19)),
);
const printedIn: Readonly<Record<number, readonly number[]>> = {
  14: [4, 6, 4],
  15: [4, 6, 5],
  16: [4, 4, 4, 4],
  19: [4, 4, 4, 4, 3],
};

function inGroups(text: string, sizes: readonly number[], separator: string): string {
  let at = 0;
  return sizes
    .map((size) => {
      at += size;
      return text.slice(at - size, at);
    })
    .join(separator);
}

export const cards = secret(
  'card',
  fc
    .tuple(issued, textOf(digits, 19), fc.constantFrom('', '', ' ', '-', '\u00a0'))
    .map(([[prefix, length], rest, separator]) => {
      const number = withCheckDigit((prefix + rest).slice(0, length - 1));
      return inGroups(number, printedIn[length] ?? [length], separator);
    }),
  (card) => card.slice(-9),
);

/** Countries with how long a number is, and of what it is made after the check digits. */
const accounts = [
  ['DE', 18, digits],
  ['GB', 18, tokenCharacters.toUpperCase()],
  ['FR', 23, digits],
  ['NL', 14, tokenCharacters.toUpperCase()],
  ['NO', 11, digits],
  ['MT', 27, tokenCharacters.toUpperCase()],
  ['CH', 17, digits],
] as const;

export const ibans = secret(
  'iban',
  fc
    .tuple(
      fc
        .constantFrom(...accounts)
        .chain(([country, length, characters]) => fc.tuple(fc.constant(country), textOf(characters, length))),
      fc.constantFrom('plain', 'groups', 'small', 'hyphens'),
    )
    .map(([[country, rest], form]) => {
      const numbers = [...`${rest}${country}00`].map((one) => Number.parseInt(one, 36)).join('');
      const check = String(98n - (BigInt(numbers) % 97n)).padStart(2, '0');
      const iban = `${country}${check}${rest}`;
      if (form === 'small') return iban.toLowerCase();
      if (form === 'plain') return iban;
      return (iban.match(/.{1,4}/g) ?? []).join(form === 'groups' ? ' ' : '-');
    }),
  (iban) => iban.slice(-9),
);

const filled = (form: string): fc.Arbitrary<string> =>
  textOf('23456789', form.length).map((numbers) =>
    [...form].map((one, at) => (one === '#' ? numbers[at] : one)).join(''),
  );

export const phones = secret(
  'phone',
  fc
    .constantFrom(
      '+49 ### #######',
      '+4915#########',
      '+1 (###) ###-####',
      '+44 20 #### ####',
      '0049 ### #######',
      '(###) ###-####',
      '###-###-####',
      '###.###.####',
      '1-###-###-####',
      '##########',
      '030 #######',
      '0171/#######',
      '(030) ### ## ##',
      '06 ## ## ## ##',
      '06########',
      'tel. ### ####',
      'Phone: #######',
    )
    .chain(filled),
  (phone) => phone.slice(-7),
);

export const secrets: fc.Arbitrary<Secret> = fc.oneof(
  apiKeys,
  bearers,
  webTokens,
  emails,
  cards,
  ibans,
  phones,
);

/** Words, numbers and code of everyday: nothing in it is a secret. */
export const harmless: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'the',
        'Grüße,',
        'token',
        'password:',
        'Bearer authentication',
        'Authorization: required',
        'sk-learn-contrib',
        'risk-adjusted-return',
        'lodash@4.17.21',
        '@mention',
        'x@y',
        'https://example.com/a?b=c&page=2#d',
        '550e8400-e29b-41d4-a716-446655440000',
        '2024-01-15T10:30:00.123Z',
        '01.02.2023',
        '08/15/2023',
        '12:30',
        '192.168.100.200',
        '3.14159265358979',
        '1.4142135623730951',
        '1,234,567,890.12',
        '1700000000',
        '1700000000000',
        '{"a":[1,2.5,-3e8],"b":"c"}',
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        'call_VSPygqKTWdrhaFErNvMV18Yl',
        '0x7ffeefbff5c8',
        'v1.22.333',
        '#4096',
        'de',
        'DE89',
      ),
      fc.nat(99_999).map(String),
      textOf(letters, 1, 12),
      fc.constantFrom('日本語', '😀', '—', '…'),
    ),
    { maxLength: 20 },
  )
  .map((words) => words.join(', '));
