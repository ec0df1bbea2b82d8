import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { battery, type Texts } from './battery.ts';
import { perform } from './perform.ts';
import { RecordBook } from './record-book.ts';
import { worlds } from './worlds.ts';

describe.each(worlds)('openai $version, secrets in content', (world) => {
  let book: RecordBook;
  beforeAll(() => {
    book = new RecordBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  const personal = [
    'bob@example.com',
    '4111 1111 1111 1111',
    'DE89 3704 0044 0532 0130 00',
    '+49 151 23456789',
  ];
  const key = 'sk-proj-abcDEF0123456789';
  const secret = (word: string): string => `${word} ${personal.join(', ')}, ${key}`;
  const texts: Texts = {
    prompt: secret('Kestrel'),
    answer: secret('Nuthatch'),
    args: JSON.stringify({ bird: secret('Wagtail'), 'bob@example.com': [{ deep: secret('deep') }] }),
    fileName: `${secret('Goldfinch')}.txt`,
    errorMessage: secret('Bullfinch'),
    apiKey: 'sk-Firecrest-0123456789',
    header: 'Chiffchaff',
  };

  it.each(battery(texts))("lets no secret through in $name with content: 'redacted'", async (one) => {
    const { exchanges, log } = await perform(one, world, true, { content: 'redacted' });
    const text = await book.text();
    for (const never of [
      ...personal,
      'abcDEF0123456789',
      texts.apiKey,
      '1111 1111',
      '0532 0130',
      'example.com,',
    ])
      expect(text).not.toContain(never);
    expect(text).not.toMatch(/base64/);
    if (exchanges.length > 0) expect(JSON.stringify([exchanges, log])).toMatch(/bob|Firecrest/);
  });

  it("shows the rest with content: 'redacted', and all but keys with content: 'full'", {
    timeout: 60_000,
  }, async () => {
    const words = ['Kestrel', 'Nuthatch', 'Wagtail', 'Goldfinch', 'Bullfinch'];
    for (const one of battery(texts)) await perform(one, world, true, { content: 'redacted' });
    const redacted = await book.text();
    for (const word of words) expect(redacted).toContain(word);
    book.clear();
    for (const one of battery(texts)) await perform(one, world, true, { content: 'full' });
    const full = await book.text();
    for (const word of [...words, ...personal]) expect(full).toContain(word);
    for (const never of [texts.apiKey, key]) expect(full).not.toContain(never);
  });
});
