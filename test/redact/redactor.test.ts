import { describe, expect, it } from 'vitest';
import { createRedactor, redactKeys, redactSecrets, withoutSecrets } from '../../src/redact/redactor.ts';

const found: readonly (readonly [text: string, redacted: string])[] = [
  ['key sk-proj-abcDEF0123456789abcDEF', 'key [redacted api key]'],
  ['provided: sk-proj-***************abcd. You', 'provided: [redacted api key]. You'],
  ['line\\nsk-abcdefghij0123456789', 'line\\n[redacted api key]'],
  ['AKIAIOSFODNN7EXAMPLE', '[redacted api key]'],
  ['Authorization: Bearer abc123def456', 'Authorization: Bearer [redacted token]'],
  ['-H "authorization: Basic QWxhZGRpbjpvcGVu"', '-H "authorization: Basic [redacted token]"'],
  ['{"Authorization":"8f3a9c0e1d2b4a5f"}', '{"Authorization":"[redacted token]"}'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3.', 'jwt [redacted token].'],
  ['{"password":"hunter 2","user":"x"}', '{"password":"[redacted secret]","user":"x"}'],
  ['"password": "a[1]\\nb\\"c"', '"password": "[redacted secret]\\"c"'],
  ["api_key = 'abc'", "api_key = '[redacted secret]'"],
  ['?api-key=0123abcd&page=2', '?api-key=[redacted secret]&page=2'],
  ['https://s.example/f?sv=1&sig=a%2Fb%3D', 'https://s.example/f?sv=1&sig=[redacted secret]'],
  ['postgres://app:s3cret@db:5432/x', 'postgres://app:[redacted secret]@db:5432/x'],
  ['a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b', 'a [redacted private key] b'],
  ['a -----BEGIN PRIVATE KEY-----\nMII and then it was cut', 'a [redacted private key]'],
  ["Write to bob.o'neil+x@mail.example.co.uk, please", 'Write to [redacted e-mail], please'],
  ['<müller@bücher.de>', '<[redacted e-mail]>'],
  ['to=bob%40example.com', 'to=[redacted e-mail]'],
  ['"a":"x\\nbob@example.com"', '"a":"x\\n[redacted e-mail]"'],
  ['メールはbob@example.comです', '[redacted e-mail]'],
  ['Call +49 151 23456789 now', 'Call [redacted phone] now'],
  ['(415) 555-2671 or 415.555.2671', '[redacted phone] or [redacted phone]'],
  ['電話4155552671', '電話[redacted phone]'],
  ['030 1234567, 06 12 34 56 78', '[redacted phone], [redacted phone]'],
  ['q=%20030 1234567', 'q=%20[redacted phone]'],
  ['Phone number is 555 0199', 'Phone number is [redacted phone]'],
  ['4111 1111 1111 1111 12/27', '[redacted card] 12/27'],
  ['order 12 4111-1111-1111-1111', 'order 12 [redacted card]'],
  ['3067 6273 1633 4790 0000 006', '[redacted card]'],
  ['+1 030 4111 1111 1111 1111', '+1 030 [redacted card]'],
  ['378282246310005', '[redacted card]'],
  ['(030) 4111 1111 1111 1111', '(030) [redacted card]'],
  ['\\u00224111111111111111\\u0022', '\\u0022[redacted card]\\u0022'],
  ['DE89 3704 0044 0532 0130 00 please', '[redacted iban] please'],
  ['gb82west12345698765432', '[redacted iban]'],
];

const left: readonly string[] = [
  '',
  'Bearer authentication is required',
  'Authorization: required',
  'password: must be long',
  'password = getPassword()',
  'api_key=$API_KEY',
  'sk-learn-contrib-package and risk-management-for-all',
  'import { a } from "lodash@4.17.21"; @decorator()',
  'The 4111111111111112 is no card, and DE88370400440532013000 no account',
  '1234567812345670 begins with 1, which no network gives out',
  'on 01.02.2023 at 12:30, or 08/15/2023 09',
  '2024-01-15T10:30:00Z, 1700000000, 1700000000000, 20240115103000',
  '550e8400-e29b-41d4-a716-446655440000',
  '192.168.100.200 3.14159265358979 1.4142135623730951 1,234,567,890',
  'commit e3b0c44298fc1c149afbf4c8996fb92427ae41e4',
  '5+12345678=12345683',
];

describe('redactSecrets', () => {
  it.each(found)('%j becomes %j', (text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
  });

  it.each(left)('leaves %j', (text) => {
    expect(redactSecrets(text)).toBe(text);
  });
});

describe('redactKeys', () => {
  it('takes out keys and authorizations, and nothing else', () => {
    const text =
      'bob@example.com 4111111111111111 sk-abcdefghij0123456789 Authorization: Bearer abc123def456';
    expect(redactKeys(text)).toBe(
      'bob@example.com 4111111111111111 [redacted api key] Authorization: Bearer [redacted token]',
    );
  });
});

describe("the redactor of 'redacted'", () => {
  const redactor = createRedactor('redacted');

  it('takes the value of a field whose name says that it is secret, whatever it looks like', () => {
    for (const name of [
      'password',
      'Authorization',
      'x-api-key',
      'client_secret',
      'access_token',
      'Set-Cookie',
    ])
      expect(redactor.named(name, 'rose')).toBe('[redacted secret]');
    expect(redactor.named('password', '')).toBe('');
    expect(redactor.named('flower', 'rose')).toBe('rose');
  });

  it('knows a telephone number by the name of its field', () => {
    expect(redactor.named('phone', '555 0199')).toBe('[redacted phone]');
    expect(redactor.named('customerPhoneNumber', 'unknown')).toBe('unknown');
  });

  it('takes the query off an address', () => {
    expect(redactor.named('uri', 'https://example.com/a.png?sv=1&se=2')).toBe(
      'https://example.com/a.png?[redacted query]',
    );
    expect(redactor.named('url', 'https://example.com/a?city=Paris')).toBe(
      'https://example.com/a?city=Paris',
    );
    expect(redactor.named('image_url', 'https://example.com/a.png')).toBe('https://example.com/a.png');
  });

  it('takes out numbers that are cards, telephones or codes by name, and no others', () => {
    expect(redactor.number('card', 4111111111111111)).toBe('[redacted card]');
    expect(redactor.number('phone', 4155552671)).toBe('[redacted phone]');
    expect(redactor.number('password', 12345)).toBe('[redacted secret]');
    for (const value of [4155552671, 1700000000000, 0.5, -3, 42])
      expect(redactor.number('a', value)).toBeUndefined();
  });
});

describe('a function of the user', () => {
  it('sees the text as it was, and what it returns is looked through', () => {
    const seen: string[] = [];
    const redactor = createRedactor('redacted', (text) => {
      seen.push(text);
      return text.replace('Alice', 'bob@example.com');
    });
    expect(redactor.text('Alice, sk-abcdefghij0123456789')).toBe('[redacted e-mail], [redacted api key]');
    expect(seen).toEqual(['Alice, sk-abcdefghij0123456789']);
  });

  it("is asked with 'full' too", () => {
    const redactor = createRedactor('full', (text) => text.replace('Alice', '[name]'));
    expect(redactor.text('Alice bob@example.com')).toBe('[name] bob@example.com');
  });
});

describe('a redactor with known secrets', () => {
  const redactor = withoutSecrets(createRedactor('full'), ['azure-key-of-no-known-form', 'short']);

  it('takes them out wherever they stand, but not what is too short to be one', () => {
    expect(redactor.text('(azure-key-of-no-known-form) is not short')).toBe(
      '([redacted api key]) is not short',
    );
    expect(redactor.named('a', 'azure-key-of-no-known-form')).toBe('[redacted api key]');
    expect(redactor.word('azure-key-of-no-known-form')).toBe('[redacted api key]');
  });
});
