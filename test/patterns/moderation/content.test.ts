import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { pieceCharacters, piecesOf, readable } from '../../../src/patterns/moderation/pieces.ts';
import {
  contentOfAnswer,
  contentOfRequest,
  textOfAnswer,
} from '../../../src/patterns/moderation/request-content.ts';
import { windowEnd } from '../../../src/patterns/moderation/windows.ts';
import { always } from '../../mock/support.ts';
import { guardForTest } from './support.ts';

const user = (content: unknown) => ({ role: 'user', content });

describe('what a request says', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['a text', { input: 'a' }, ['a']],
    ['messages', { input: [user('a'), { role: 'assistant', content: 'b' }] }, ['a', 'b']],
    [
      'parts, together',
      {
        input: [
          user([
            { type: 'input_text', text: 'a' },
            { type: 'input_text', text: 'b' },
          ]),
        ],
      },
      ['a\nb'],
    ],
    [
      'not what the application says',
      { instructions: 'x', input: [{ role: 'developer', content: 'x' }, user('a')] },
      ['a'],
    ],
    [
      'nor in chat',
      { messages: [{ role: 'system', content: 'x' }, user([{ type: 'text', text: 'a' }])] },
      ['a'],
    ],
    ['results of tools', { input: [{ type: 'function_call_output', call_id: 'x', output: 'a' }] }, ['a']],
    ['results of tools in chat', { messages: [{ role: 'tool', tool_call_id: 'x', content: 'a' }] }, ['a']],
    [
      'calls',
      { input: [{ type: 'function_call', call_id: 'x', name: 'f', arguments: '{"t":"a"}' }] },
      ['f\n{"t":"a"}'],
    ],
    [
      'what is put into a stored prompt',
      { prompt: { id: 'x', variables: { id: 'a', b: { type: 'input_text', text: 'b' } } } },
      ['a', 'b'],
    ],
    ['items that are not known', { input: [{ type: 'telepathy', thoughts: { deep: ['a'] } }] }, ['a']],
    ['nothing', { input: ' ' }, []],
    ['no input at all', {}, []],
  ])('%s', (_, request, texts) => {
    expect(contentOfRequest(request)).toEqual({ texts, images: [], unreadable: [] });
  });

  it('images, and what cannot be read', () => {
    const parts = [
      { type: 'input_image', image_url: 'https://x.test/a.png' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
      { type: 'input_image', file_id: 'file-1' },
      { type: 'input_file', file_data: 'AAAA', filename: 'a.pdf' },
      { type: 'file', file: { file_id: 'x' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ];
    expect(contentOfRequest({ input: [user(parts)] })).toEqual({
      texts: ['a.pdf'],
      images: ['https://x.test/a.png', 'data:image/png;base64,AA'],
      unreadable: ['image kept by the provider', 'file', 'audio'],
    });
  });

  it('a picture that the provider keeps, though another one is beside it', () => {
    const part = { type: 'input_image', image_url: 'https://x.test/a.png', file_id: 'file-1' };
    expect(contentOfRequest({ input: [user([part])] })).toMatchObject({
      images: ['https://x.test/a.png'],
      unreadable: ['image kept by the provider'],
    });
  });

  it('though it is none of the API', () => {
    expect(contentOfAnswer('<html>a')).toMatchObject({ texts: ['<html>a'] });
    expect(contentOfAnswer({ page: 'a' })).toMatchObject({ texts: ['a'] });
    expect(contentOfAnswer(undefined)).toMatchObject({ texts: [] });
  });

  it('pictures that code has drawn', () => {
    const output = [
      { type: 'code_interpreter_call', code: 'a', outputs: [{ type: 'image', url: 'https://x.test/b.png' }] },
    ];
    expect(contentOfAnswer({ output })).toMatchObject({ texts: ['a'], images: ['https://x.test/b.png'] });
  });

  it('a value that is too deep, or holds itself, ends somewhere', () => {
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 100; depth++) deep = [deep];
    expect(contentOfRequest({ input: [{ deep }] })).toMatchObject({ unreadable: ['deeply nested value'] });
    const ring: Record<string, unknown> = { text: 'a' };
    ring['again'] = ring;
    expect(contentOfRequest({ input: [ring] })).toMatchObject({ texts: ['a'] });
  });
});

describe('what an answer says', () => {
  it('in every choice, with refusals, calls and transcripts', () => {
    const choices = [
      { index: 0, message: { role: 'assistant', content: 'a', refusal: null } },
      { index: 1, message: { role: 'assistant', content: null, refusal: 'b' } },
      {
        index: 2,
        message: { tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      },
      { index: 3, message: { audio: { id: 'x', data: 'AAAA', transcript: 'd' } } },
      { index: 4, message: { audio: { id: 'x', data: 'AAAA' } } },
    ];
    expect(contentOfAnswer({ choices })).toEqual({
      texts: ['a', 'b', 'f\n{}', 'd'],
      images: [],
      unreadable: ['audio'],
    });
    expect(textOfAnswer({ choices })).toBe('a');
  });

  it('in every item, with reasoning that is shown and pictures', () => {
    const output = [
      { type: 'reasoning', id: 'x', summary: [{ type: 'summary_text', text: 'a' }], encrypted_content: 'x' },
      {
        type: 'message',
        id: 'x',
        content: [
          { type: 'output_text', text: 'b', annotations: [] },
          { type: 'refusal', refusal: 'c' },
        ],
      },
      { type: 'image_generation_call', id: 'x', status: 'completed', result: 'AAAA', output_format: 'webp' },
    ];
    expect(contentOfAnswer({ output })).toEqual({
      texts: ['a', 'b\nc'],
      images: ['data:image/webp;base64,AAAA'],
      unreadable: [],
    });
    expect(textOfAnswer({ output })).toBe('b');
    expect(textOfAnswer({})).toBe('');
  });
});

/** Texts with words, long runs and characters of two units. */
const long = fc
  .array(
    fc.oneof(
      fc.constant(' '),
      fc.string({ unit: 'grapheme' }),
      fc.constant('x'.repeat(1_500)),
      fc.constant('\u{1F600}'.repeat(600)),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

/** No half of a character of two units stands at either end. */
const isCutWell = (text: string) => !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text);

/** Texts in which no two places are alike, with and without ends of words. */
const numbered = fc
  .record({
    count: fc.nat({ max: 1_500 }),
    width: fc.integer({ min: 5, max: 12 }),
    between: fc.constantFrom('', ' ', '\u{1F600}'),
  })
  .map(({ count, width, between }) =>
    Array.from({ length: count }, (_, index) => String(index).padStart(width, '0')).join(between),
  );

test('pieces are short, and whatever is said in a few words stands whole in one of them', () => {
  fc.assert(
    fc.property(fc.oneof(numbered, long), (text) => {
      const pieces = piecesOf(text);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(pieceCharacters);
        expect(isCutWell(piece)).toBe(true);
      }
      for (let at = 0; at < text.length; at += 70) {
        const words = text.slice(at, at + 120);
        expect(pieces.some((piece) => piece.includes(words))).toBe(true);
      }
    }),
  );
});

test('a window ends within the text, by twice its size, and through no character', () => {
  fc.assert(
    fc.property(long, fc.integer({ min: 50, max: 2_000 }), (text, size) => {
      const end = windowEnd(text, size);
      expect(end).toBeLessThanOrEqual(Math.min(text.length, 2 * size));
      expect(isCutWell(text.slice(0, end))).toBe(true);
      if (text.length >= 2 * size) expect(end).toBeGreaterThanOrEqual(Math.floor(size / 2) - 1);
    }),
  );
  expect(windowEnd(`${'x'.repeat(40)}. And then`, 50)).toBe(42);
  expect(windowEnd(`${'風'.repeat(40)}。${'波'.repeat(20)}`, 50)).toBe(41);
});

test('what JSON has written as numbers of characters is judged as what it says', async () => {
  const { guard, mock } = await guardForTest();
  for (const output of ['{"t":"fl\\u0061g:violence"}', '"{\\\\"t\\\\":\\\\"fl\\\\u0061g:violence\\\\"}"']) {
    const input = [{ type: 'function_call_output' as const, call_id: 'x', output }];
    await expect(guard.respond({ model: 'gpt-5-mini', input })).rejects.toMatchObject({
      categories: ['violence'],
    });
  }
  expect(mock.ledger()).toHaveLength(2);
  expect(readable('\\ud83d\\ude00 \\uD83D a\ud83d C:\\users')).toBe('\u{1F600} \ufffd a\ufffd C:\\users');
});

test('a long text is asked about in pieces, of which the worst counts', async () => {
  const { guard, mock } = await guardForTest({ guard: { moderateOutput: false } });
  const filler = 'word '.repeat(30_000);
  const input = `${filler} flag:violence ${filler.slice(0, 40_000)}`;
  const request = { model: 'gpt-5-mini', input };
  await expect(guard.respond(request)).rejects.toMatchObject({ categories: ['violence'] });
  expect(mock.ledger().length).toBeGreaterThan(2);
  expect(mock.ledger().every(({ endpoint, status }) => endpoint === 'moderations' && status === 200)).toBe(
    true,
  );
});

test('each image is asked about by itself, as the provider wants it', async () => {
  const image = (flag: string) => ({
    type: 'input_image' as const,
    image_url: `https://x.test/${flag}.png`,
    detail: 'auto' as const,
  });
  const ask = (...content: ReturnType<typeof image>[]) => ({
    model: 'gpt-5-mini',
    input: [{ role: 'user' as const, content }],
  });
  const { guard, mock } = await guardForTest();
  await guard.respond(ask(image('a'), image('b')));
  expect(mock.ledger().filter(({ endpoint }) => endpoint === 'moderations')).toHaveLength(3);
  await expect(guard.respond(ask(image('a'), image('flag:sexual')))).rejects.toMatchObject({
    categories: ['sexual'],
  });
});

test('what nobody can read is refused, or let through where it is open', async () => {
  const request = {
    model: 'gpt-5-mini',
    messages: [user([{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }])],
  } as never;
  const closed = await guardForTest();
  const error = await closed.guard.chat(request).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'moderation_unavailable',
    cause: new TypeError('Moderation cannot read this: audio.'),
  });
  expect(closed.mock.ledger()).toEqual([]);
  const open = await guardForTest({ guard: { onFailure: 'open' }, mock: { schedule: always() } });
  expect((await open.guard.chat(request)).failures).toMatchObject([{ stage: 'input' }]);
});
