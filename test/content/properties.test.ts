import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { CallRequest } from '../../src/call.ts';
import { inputContent, outputContent, streamedContent, writeContent } from '../../src/content/content.ts';
import { safetyCharacters } from '../../src/content/redact-item.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { secrets } from '../redact/secrets.ts';

/** Machines that are busy with other things are slow. */
vi.setConfig({ testTimeout: 120_000 });

const request = (endpoint: CallRequest['endpoint'], body: object): CallRequest => ({
  operation: 'chat',
  endpoint,
  method: 'POST',
  route: '/x',
  streamed: false,
  provider: 'openai',
  serverAddress: 'x',
  body: body as Record<string, unknown>,
});

const endpoints = fc.constantFrom('chat' as const, 'responses' as const, 'embeddings' as const);
const word = fc.constantFrom(
  'text',
  'input_text',
  'output_text',
  'image_url',
  'input_image',
  'input_audio',
  'file',
  'input_file',
  'refusal',
  'message',
  'function_call',
  'function_call_output',
  'reasoning',
  'web_search_call',
  'mcp_call',
  'image_generation_call',
  'shell_call',
  'custom_tool_call',
  'blob',
  'uri',
  'tool_call',
  'tool_call_response',
  'computer_call_output',
  'function',
  'custom',
  'user',
  'assistant',
  'tool',
  'x',
);
const field = fc.constantFrom(
  'type',
  'role',
  'content',
  'text',
  'image_url',
  'url',
  'input_audio',
  'data',
  'format',
  'file',
  'file_data',
  'file_id',
  'filename',
  'refusal',
  'tool_calls',
  'function',
  'arguments',
  'name',
  'id',
  'call_id',
  'output',
  'summary',
  'result',
  'action',
  'audio',
  'parts',
  '__proto__',
  'constructor',
  'index',
  'delta',
  'finish_reason',
  'item',
  'output_index',
  'response',
  'status',
);
/** Bodies as nobody would write them: known names with any values in them. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    word,
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      null,
      true,
      0,
      -1.5,
      Number.NaN,
      undefined,
      10n,
      '',
      '{"a":1}',
      '[',
      'data:image/png;base64,AAAA',
      'data:,x',
      'https://x/?y',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(field, tie('value')), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries) as object),
  ),
})).value;
const body = fc
  .tuple(
    fc.constantFrom('messages', 'input', 'choices', 'output', 'tools', 'functions', 'instructions', 'prompt'),
    anything,
  )
  .chain((first) =>
    fc
      .array(fc.tuple(field, anything), { maxLength: 3 })
      .map((more) => Object.fromEntries([first, ...more]) as object),
  );

/** What the conventions' schemas ask of messages. */
function expectMessages(json: string | undefined, isOutput: boolean): void {
  if (json === undefined) return;
  for (const message of JSON.parse(json) as Record<string, unknown>[]) {
    expect(typeof message['role']).toBe('string');
    expect(Array.isArray(message['parts'])).toBe(true);
    if (isOutput) expect(typeof message['finish_reason']).toBe('string');
    for (const part of message['parts'] as Record<string, unknown>[]) {
      expect(typeof part['type']).toBe('string');
      if (part['type'] === 'text' || part['type'] === 'reasoning')
        expect(typeof part['content']).toBe('string');
      if (part['type'] === 'tool_call') expect(typeof part['name']).toBe('string');
      if (part['type'] === 'tool_call_response') expect(part).toHaveProperty('response');
      if (part['type'] === 'uri') expect(typeof part['uri']).toBe('string');
      if (part['type'] === 'blob') expect(part['content']).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
  }
}

describe('whatever a request and an answer are', () => {
  it('they are written in the form of the conventions, in the room there is', () => {
    fc.assert(
      fc.property(
        endpoints,
        body,
        body,
        fc.integer({ min: 1024, max: 4096 }),
        (endpoint, asked, answered, mostBytes) => {
          const input = inputContent(request(endpoint, asked));
          const output = outputContent(endpoint, answered as Record<string, unknown>);
          for (const mode of ['redacted', 'full'] as const) {
            const written = writeContent(input, output, createRedactor(mode), mostBytes);
            const { inputMessages, outputMessages, systemInstructions, toolDefinitions } = written;
            for (const json of [inputMessages, outputMessages, systemInstructions, toolDefinitions])
              expect(Buffer.byteLength(json ?? '')).toBeLessThanOrEqual(mostBytes);
            expectMessages(inputMessages, false);
            expectMessages(outputMessages, true);
            for (const tool of JSON.parse(toolDefinitions ?? '[]') as Record<string, unknown>[])
              expect([typeof tool['type'], typeof tool['name']]).toEqual(['string', 'string']);
            for (const part of JSON.parse(systemInstructions ?? '[]') as Record<string, unknown>[])
              expect(typeof part['type']).toBe('string');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('a stream of them too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('chat' as const, 'responses' as const),
        fc.array(body, { maxLength: 8 }),
        (endpoint, events) => {
          const stream = streamedContent(endpoint, 1024);
          for (const event of events) stream?.event(event as Record<string, unknown>, 0);
          const written = writeContent(
            { messages: [], instructions: [], tools: [] },
            stream?.messages() ?? [],
            createRedactor('redacted'),
            1024,
          );
          expectMessages(written.outputMessages, true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a secret', () => {
  /** Every position in which a text can stand in a request. */
  const places: readonly ((text: string) => [CallRequest['endpoint'], object])[] = [
    (text) => ['chat', { messages: [{ role: 'user', content: text }] }],
    (text) => ['chat', { messages: [{ role: 'user', name: text, content: [{ type: 'text', text }] }] }],
    (text) => ['chat', { messages: [{ role: text, content: [{ type: text, [text]: text }] }] }],
    (text) => [
      'chat',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { filename: text, file_id: text } }] }] },
    ],
    (text) => [
      'chat',
      { messages: [{ role: 'tool', tool_call_id: text, content: JSON.stringify({ [text]: [text] }) }] },
    ],
    (text) => [
      'chat',
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [
              {
                id: 'a',
                type: 'function',
                function: { name: text, arguments: JSON.stringify({ a: { [text]: [text] } }) },
              },
            ],
          },
        ],
      },
    ],
    (text) => [
      'chat',
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [
              {
                id: 'a',
                type: 'function',
                function: { name: 'f', arguments: `{"a":${JSON.stringify(text)}` },
              },
            ],
          },
        ],
      },
    ],
    (text) => [
      'chat',
      {
        messages: [],
        tools: [
          {
            type: 'function',
            function: {
              name: text,
              description: text,
              parameters: { type: 'object', properties: { [text]: { const: text } } },
            },
          },
        ],
      },
    ],
    (text) => ['responses', { input: text, instructions: text }],
    (text) => [
      'responses',
      {
        input: [
          { type: 'function_call_output', call_id: 'a', output: text },
          { type: 'custom_tool_call', name: text, input: text },
        ],
      },
    ],
    (text) => [
      'responses',
      {
        input: [{ type: 'unheard_of', deep: [{ er: text }] }],
        prompt: { id: text, variables: { [text]: text } },
      },
    ],
    (text) => ['embeddings', { input: [text, text] }],
  ];

  it('survives in no position', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), secrets, (place, { text, core }) => {
        const [endpoint, asked] = place(text);
        const written = writeContent(
          inputContent(request(endpoint, asked)),
          [],
          createRedactor('redacted'),
          8192,
        );
        expect(JSON.stringify(written)).not.toContain(core);
      }),
      { numRuns: 1000 },
    );
  });

  it('survives in no cut, wherever that goes through it', () => {
    const mostBytes = 1024;
    // What is looked through is a little more than what is shown, and shrinks when there is a long secret in it.
    const looked = mostBytes + safetyCharacters;
    fc.assert(
      fc.property(secrets, fc.nat(200), fc.boolean(), ({ text, core }, shift, shrinks) => {
        const before = shrinks
          ? `eyJ${'a'.repeat(looked - shift - 4)} `
          : 'x '.repeat((mostBytes - shift) / 2);
        const content = `${before}${text} ${'y '.repeat(3000)}`;
        const written = writeContent(
          inputContent(request('chat', { messages: [{ role: 'user', content }] })),
          [],
          createRedactor('redacted'),
          mostBytes,
        );
        const shown = written.inputMessages ?? '';
        expect(shown).not.toContain(core);
        // Not its beginning either, as far as it would tell anything.
        if (shrinks) expect(shown).not.toContain(text.slice(0, 8));
      }),
      { numRuns: 500 },
    );
  });
});
