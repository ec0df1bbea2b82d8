import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addressedPart, base64Part } from '../../src/content/media.ts';
import { genericPart } from '../../src/content/parts.ts';
import { redactItem } from '../../src/content/redact-item.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

/** Bytes of every value, so that their base64 has every character. */
const data = Buffer.from(Array.from({ length: 1536 }, (_, at) => (at * 7) % 256));
const base64 = data.toString('base64');
const sha256 = createHash('sha256').update(data).digest('hex');
const shown = (value: unknown): unknown => redactItem(value, createRedactor('full'), 32_768);

describe('data', () => {
  it('is shown by its digest, size and media type', () => {
    expect(shown(base64Part(base64, 'image', 'image/png'))).toEqual({
      type: 'blob',
      modality: 'image',
      mime_type: 'image/png',
      content: `sha256:${sha256}`,
      byte_size: 1536,
    });
  });

  it.each([
    [
      'an address with data',
      `data:video/mp4;codecs=x;base64,${base64}`,
      { modality: 'video', byte_size: 1536 },
    ],
    ['an address with text', 'data:text/plain,hello%20there', { mime_type: 'text/plain', byte_size: 11 }],
    ['an address with broken text', 'data:,100%', { modality: 'file', byte_size: 4 }],
    ['data without an address', base64, { modality: 'file', byte_size: 1536 }],
    ['an address of somewhere', 'gs://bucket/a.png', { type: 'uri', uri: 'gs://bucket/a.png' }],
    ['nothing', undefined, { byte_size: 0 }],
  ])('as %s is seen for what it is', (_, address, expected) => {
    expect(shown(addressedPart(address, 'file'))).toMatchObject(expected);
  });

  it.each([
    [
      'in a text',
      `Look: ![](data:image/png;base64,${base64}) nice`,
      `Look: ![]([image/png, 1536 bytes, sha256:${sha256}]) nice`,
    ],
    ['as a whole text', base64, `[1536 bytes, sha256:${sha256}]`],
    [
      'in JSON in a text',
      JSON.stringify({ a: [base64] }),
      JSON.stringify({ a: [`[1536 bytes, sha256:${sha256}]`] }),
    ],
  ])('%s is replaced by its digest', (_, text, expected) => {
    expect(shown({ type: 'text', content: text })).toEqual({ type: 'text', content: expected });
  });

  it('is not seen in a long word', () => {
    const word = 'a'.repeat(5000);
    expect(shown({ type: 'text', content: word })).toEqual({ type: 'text', content: word });
  });
});

describe('a list of words in lines', () => {
  it('is no data, while wrapped base64 is', () => {
    const list = Array.from({ length: 100 }, (_, at) => `OrderService${at}`).join('\n');
    expect(shown({ type: 'text', content: list })).toEqual({ type: 'text', content: list });
    const wrapped = (base64.match(/.{1,76}/g) ?? []).join('\r\n');
    expect(shown({ type: 'text', content: wrapped })).toEqual({
      type: 'text',
      content: `[1536 bytes, sha256:${sha256}]`,
    });
  });
});

describe('a field that holds a secret by its name', () => {
  it('shows nothing of it, though it be JSON', () => {
    const item = { type: 'x', data: { authorization: '{"user":"rose"}', password: { type: 'string' } } };
    expect(redactItem(item, createRedactor('redacted'), 1024)).toEqual({
      type: 'x',
      data: { authorization: '[redacted secret]', password: { type: 'string' } },
    });
    expect(redactItem(item, createRedactor('full'), 1024)).toMatchObject({
      data: { authorization: '[redacted api key]' },
    });
  });
});

describe('a part that calls itself what the conventions have a form for', () => {
  it.each(['blob', 'uri', 'text', 'tool_call'])('is none: %s', (type) => {
    expect(shown(genericPart({ type, content: base64 }))).toEqual({
      type: `unknown_${type}`,
      content: `[1536 bytes, sha256:${sha256}]`,
    });
  });
});

describe('two names of fields that are the same without their secrets', () => {
  it('both stay', () => {
    const redacted = redactItem(
      { a: { 'a@example.com': 1, 'b@example.com': 2 } },
      createRedactor('redacted'),
      1024,
    );
    expect(redacted).toEqual({ a: { '[redacted e-mail]': 1, '[redacted e-mail] 2': 2 } });
  });
});
