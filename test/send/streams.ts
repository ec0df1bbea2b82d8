import fc from 'fast-check';

/** Pieces of `bytes`, cut at any places. */
export function cutsOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((places) => {
    const ends = [...places, bytes.length].sort((a, b) => a - b);
    let from = 0;
    return ends.map((end) => {
      const piece = bytes.subarray(from, end);
      from = end;
      return piece;
    });
  });
}

/** One streamed chat: its chunks as objects, its usage chunk if it has one, and how it ends. */
export const chatStream = fc.record({
  pieces: fc.array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '"finish_reason":"stop"',
        '"usage":{',
        '\\',
        '"',
        '\\"',
        'ö€😀',
        '"content":"x"',
        '\n\n',
        '\r\n',
      ),
    ),
    { maxLength: 8 },
  ),
  finish: fc.option(fc.constantFrom('stop', 'length', 'tool_calls'), { nil: undefined }),
  usage: fc.option(fc.record({ prompt_tokens: fc.nat(1e6), completion_tokens: fc.nat(1e6) }), {
    nil: undefined,
  }),
  done: fc.boolean(),
});

export function chunksOf(stream: {
  pieces: string[];
  finish: string | undefined;
  usage: object | undefined;
}): object[] {
  const chunk = (choices: object[], usage: object | null) => ({
    id: 'chatcmpl-1',
    model: 'gpt-5-mini',
    choices,
    usage,
  });
  return [
    chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], null),
    ...stream.pieces.map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }], null)),
    ...(stream.finish === undefined
      ? []
      : [chunk([{ index: 0, delta: {}, finish_reason: stream.finish }], null)]),
    ...(stream.usage === undefined ? [] : [chunk([], stream.usage)]),
  ];
}

export function bytesOf(chunks: readonly object[], done: boolean, lineEnd = '\n', space = 0): Uint8Array {
  const events = chunks.map((chunk) => `data: ${JSON.stringify(chunk, null, space).replaceAll('\n', ' ')}`);
  if (done) events.push('data: [DONE]');
  return new TextEncoder().encode(events.map((event) => event + lineEnd + lineEnd).join(''));
}
