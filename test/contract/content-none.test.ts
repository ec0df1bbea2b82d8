import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { observe, telltale } from '../../src/index.ts';
import { chatBody, json } from './answers.ts';
import { battery, type Texts } from './battery.ts';
import { cases } from './cases/index.ts';
import { chatParams } from './contract-case.ts';
import { perform } from './perform.ts';
import { RecordBook } from './record-book.ts';
import { ScriptedServer } from './scripted-server.ts';
import { isCall } from './span-book.ts';
import { worlds } from './worlds.ts';

/** Each has a word that stands nowhere else, in small letters and capitals alike. */
const canaries: Texts = {
  prompt: 'Kestrel asks',
  answer: 'Nuthatch answers',
  args: '{"bird":"Wagtail"}',
  fileName: 'Goldfinch.txt',
  errorMessage: 'The Bullfinch was refused',
  apiKey: 'sk-Firecrest',
  header: 'Chiffchaff',
};
const words = /kestrel|nuthatch|wagtail|goldfinch|bullfinch|firecrest|chiffchaff|bearer/i;

describe.each(worlds)('openai $version, content not asked for', (world) => {
  let book: RecordBook;
  beforeAll(() => {
    book = new RecordBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  it.each(battery(canaries))('leaves no trace of content for $name', async (one) => {
    const { exchanges, log } = await perform(one, world, true);
    const text = await book.text();
    expect(book.spans.own.filter(isCall).length).toBeGreaterThan(0);
    expect(text).not.toMatch(words);
    // The canaries were there.
    if (exchanges.length > 0) expect(JSON.stringify([exchanges, log])).toMatch(words);
  });

  it("leaves none with content: 'none' either, and never asks the user's function", {
    timeout: 60_000,
  }, async () => {
    let asked = 0;
    const redact = (text: string): string => {
      asked++;
      return text;
    };
    const lines: unknown[] = [];
    const write = (...line: unknown[]): void => void lines.push(line);
    const log = { info: write, warn: write, error: write };
    for (const one of battery(canaries)) await perform(one, world, true, { content: 'none', redact, log });
    expect(await book.text()).not.toMatch(words);
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(lines)).not.toMatch(words);
    expect(asked).toBe(0);
  });

  it('has no attribute or event of content in any case of the contract', { timeout: 60_000 }, async () => {
    for (const one of cases.filter(({ versions }) => versions?.includes(world.version) ?? true))
      await perform(one, world, true);
    for (const span of book.spans.own) {
      expect(span.events).toEqual([]);
      expect(span.status.message).toBeUndefined();
      expect(Object.keys(span.attributes).join(' ')).not.toMatch(
        /message|instruction|definition|content|exception/,
      );
    }
  });

  it('names a listener that throws by its place, and repeats nothing of what it says', async () => {
    const server = await ScriptedServer.start([json(chatBody)]);
    const client = observe(new world.OpenAI({ apiKey: 'k', baseURL: `${server.origin}/v1` }));
    telltale(client).on('call', function quote(call) {
      JSON.parse(`Kestrel ${call.outcome}`);
    });
    await client.chat.completions.create(chatParams);
    await server.close();
    const text = await book.text();
    expect(text).toMatch(
      /A listener for 'call' failed and is ignored: SyntaxError at .*\. The call itself is not affected\./,
    );
    expect(text).not.toMatch(words);
  });
});
