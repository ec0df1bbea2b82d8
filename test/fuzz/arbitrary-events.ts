import fc from 'fast-check';

/** Strings that have confused somebody's parser. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      'Hi',
      'Grüße, 世界 😀',
      '"finish_reason":"stop"',
      '"usage":{"prompt_tokens":1}',
      '\\"error":{',
      '\\',
      'data: [DONE]\n\n',
      '\r\n\r\n',
      '\u2028\ufeff',
      '[DONE]',
      '__proto__',
      '\ud800',
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((size) => 'x'.repeat(size * 4_000)) },
);

const key = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toJSON',
    'then',
    'error',
    'choices',
    'usage',
    'delta',
    'id',
    '',
  ),
  fc.string({ maxLength: 4 }),
);

/** Any JSON at all, as text: `__proto__` stays a key of its own. */
export const anyJson: fc.Arbitrary<string> = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('null', 'true', 'false', '0', '-1', '1e400', '[]', '{}', '""'),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    text.map((value) => JSON.stringify(value)),
    fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(key, tie('json')), { maxLength: 3 })
      .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
  ),
})).json;

const count = fc.nat(5_000);
export const usage = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ prompt_tokens: count, completion_tokens: count, total_tokens: count }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: fc.record({ cached_tokens: count }),
      completion_tokens_details: fc.record({ reasoning_tokens: count }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({}, { prompt_tokens: -1 }, { prompt_tokens: '7' }, []) },
);

const base = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-5-mini-2025-08-07',
};
const choice = (index: number, delta: object, reason: string | null): object => ({
  ...base,
  choices: [{ index, delta, finish_reason: reason }],
});

export const contentChunk = fc
  .tuple(fc.nat(1), text)
  .map(([index, content]) => choice(index, { content }, null));
export const finishChunk = fc
  .tuple(fc.nat(1), fc.constantFrom('stop', 'length', 'tool_calls'))
  .map(([index, reason]) => choice(index, {}, reason));
export const usageChunk = usage.map((value) => ({ ...base, choices: [], usage: value }));
const oddChunk = fc.oneof(
  fc.tuple(finishChunk, usage).map(([chunk, value]) => ({ ...chunk, usage: value })),
  fc.tuple(contentChunk, usage).map(([chunk, value]) => ({ ...chunk, usage: value })),
  contentChunk.map((chunk) => ({ ...chunk, usage: null })),
  fc.constantFrom('refusal', 'role').map((name) => choice(0, { [name]: 'x' }, null)),
  fc.constant(
    choice(0, { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: '{' } }] }, null),
  ),
  fc
    .oneof(
      fc.constantFrom<unknown>('boom', 1, true, false, null, 0, '', [], {}),
      fc.record({ message: text, code: fc.constantFrom('server_error', 'insufficient_quota') }),
    )
    .map((error) => ({ error })),
);

const response = {
  id: 'resp_1',
  object: 'response',
  model: 'gpt-5-mini',
  status: 'in_progress',
  output: [] as object[],
};
const message = (content: string): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text: content }],
});
export const responsesEvent = fc.oneof(
  fc.constant({ type: 'response.created', sequence_number: 0, response }),
  text.map((delta) => ({
    type: 'response.output_text.delta',
    item_id: 'msg_1',
    output_index: 0,
    content_index: 0,
    delta,
  })),
  text.map((delta) => ({ type: 'response.reasoning_summary_text.delta', delta })),
  fc.record({ input_tokens: count, output_tokens: count, total_tokens: count }).chain((value) =>
    fc.tuple(text, fc.constantFrom('completed', 'incomplete', 'failed')).map(([content, status]) => ({
      type: `response.${status}`,
      response: { ...response, status, output: [message(content)], usage: value },
    })),
  ),
  fc.constant({ type: 'error', code: 'server_error', message: 'broke', param: null }),
);

/** The JSON of an event in one of the styles in which servers write it; it may fall apart into lines. */
export const asText = (value: fc.Arbitrary<object>): fc.Arbitrary<string> =>
  fc
    .tuple(
      value,
      fc.constantFrom<'compact' | 'spaced' | 'lines'>('compact', 'compact', 'compact', 'spaced', 'lines'),
    )
    .map(([json, style]) => {
      if (style === 'compact') return JSON.stringify(json);
      const lines = JSON.stringify(json, null, 1);
      return style === 'lines' ? lines : lines.replace(/\n\s*/g, ' ');
    });

export const chatData = asText(
  fc.oneof(
    { weight: 5, arbitrary: contentChunk },
    { weight: 2, arbitrary: finishChunk },
    { weight: 2, arbitrary: usageChunk },
    { weight: 2, arbitrary: oddChunk },
  ),
);
/** Events of a streamed chat that are no usage chunk. */
export const ownData = asText(
  fc.oneof(
    { weight: 5, arbitrary: contentChunk },
    { weight: 2, arbitrary: finishChunk },
    { weight: 2, arbitrary: oddChunk },
  ),
);
export const asides = [
  ': a comment',
  '"usage"',
  '{"usage":{}}',
  '{"choices":[],"usage":null}',
  '{"choices":[]}',
];
export const responsesData = asText(responsesEvent);
export const doneData = fc.constantFrom(
  '[DONE]',
  '[DONE]',
  '[DONE]',
  '[DONE] ',
  ' [DONE]',
  '[DONE]x',
  '"[DONE]"',
);
export { text as anyText };
