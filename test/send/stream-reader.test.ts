import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newAnswer } from '../../src/send/answer.ts';
import { SseSplitter } from '../../src/send/sse.ts';
import { StreamReader } from '../../src/send/stream-reader.ts';
import { UsageFilter } from '../../src/send/usage-filter.ts';
import { bytesOf, chatStream, chunksOf, cutsOf } from './streams.ts';

const withCuts = chatStream.chain((stream) =>
  fc
    .record({
      stream: fc.constant(stream),
      lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
      space: fc.constantFrom(0, 1),
    })
    .chain((shape) => {
      const bytes = bytesOf(chunksOf(stream), stream.done, shape.lineEnd, shape.space);
      return cutsOf(bytes).map((cuts) => ({ ...shape, bytes, cuts }));
    }),
);

function readAll(cuts: readonly Uint8Array[], choices = 1): { reader: StreamReader; payloads: string[] } {
  const splitter = new SseSplitter(7);
  const reader = new StreamReader('chat', newAnswer(), choices, 7);
  const payloads = cuts.flatMap((cut) => splitter.push(cut));
  const rest = splitter.flush();
  if (rest !== undefined) payloads.push(rest);
  for (const payload of payloads) reader.read(payload);
  return { reader, payloads };
}

describe('a streamed chat that passes by', () => {
  it('says the same however its bytes are cut, its lines end and its JSON is spaced', () => {
    fc.assert(
      fc.property(withCuts, ({ stream, cuts }) => {
        const { reader, payloads } = readAll(cuts);
        const { answer } = reader;
        expect(payloads).toHaveLength(chunksOf(stream).length + (stream.done ? 1 : 0));
        expect(reader.malformed).toBe(false);
        expect(answer.finished).toBe(stream.finish !== undefined || stream.done);
        expect(answer.response.finishReasons).toEqual(
          stream.finish === undefined ? undefined : [stream.finish],
        );
        expect(answer.visible).toBe(stream.pieces.some((piece) => piece !== ''));
        expect(answer.usage).toEqual(
          stream.usage && {
            source: 'provider',
            inputTokens: stream.usage.prompt_tokens,
            outputTokens: stream.usage.completion_tokens,
          },
        );
        expect(answer.failure).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('is not finished before every choice that was asked for has finished', () => {
    const bytes = bytesOf(chunksOf({ pieces: ['a'], finish: 'stop', usage: undefined }), false);
    expect(readAll([bytes], 2).reader.answer.finished).toBe(false);
    expect(readAll([bytes], 1).reader.answer.finished).toBe(true);
  });

  it('names an error event', () => {
    const bytes = new TextEncoder().encode(
      'data: {"error":{"message":"overloaded","code":"server_error"}}\n\n',
    );
    expect(readAll([bytes]).reader.answer.failure).toEqual({ code: 'server_error', message: 'overloaded' });
  });

  it('notices a payload that is not JSON, on the first event and when asked later', () => {
    const { reader, payloads } = readAll([new TextEncoder().encode('data: {"a":1}\n\ndata: {"id": tru\n\n')]);
    for (const payload of payloads) reader.checkJson(payload);
    expect(reader.malformed).toBe(true);
    expect(readAll([new TextEncoder().encode('data: nonsense\n\n')]).reader.malformed).toBe(true);
  });

  it('never throws on rubbish', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (cuts) => {
        readAll(cuts);
      }),
    );
  });
});

describe('the usage chunk that the caller did not ask for', () => {
  it('is taken out and nothing else is changed, however the bytes are cut', () => {
    fc.assert(
      fc.property(withCuts, ({ stream, cuts, lineEnd, space }) => {
        const filter = new UsageFilter();
        const kept = [...cuts.map((cut) => filter.push(cut)), filter.flush()].filter(
          (piece) => piece !== undefined,
        );
        const without = bytesOf(chunksOf({ ...stream, usage: undefined }), stream.done, lineEnd, space);
        expect(Buffer.concat(kept).toString()).toBe(Buffer.from(without).toString());
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is held back for a usage chunk', () => {
  const usage = 'data: {"choices":[],"usage":{"a":1}}';

  it('has a bound, and behind an event that is longer it is found again', () => {
    const event = fc.oneof(
      fc.constant(usage),
      fc.integer({ min: 0, max: 200 }).map((length) => `data: {"text":"${'x'.repeat(length)}"}`),
      fc.constant(': wait\n: wait\n: wait\n: wait\n: wait\n: wait\n: wait\n: wait\n: wait'),
    );
    const end = fc.constantFrom('\n\n', '\r\r', '\r\n\r\n', '\r\n\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, end), { maxLength: 8 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        (events, isCut, sizes) => {
          const all = events.map((one) => one.join(''));
          // The last may be an event that never ends.
          const stream = Buffer.from(`${all.join('')}${isCut ? `data: ${'y'.repeat(150)}` : ''}`);
          const mostBytes = usage.length + 4;
          const filter = new UsageFilter(mostBytes);
          let passed = '';
          for (let from = 0, at = 0; from < stream.length; at++) {
            const to = from + (sizes[at % sizes.length] ?? 1);
            passed += Buffer.from(filter.push(stream.subarray(from, to)) ?? '').toString();
            from = to;
            const before = stream.subarray(0, to).toString().replaceAll(usageAndEnd, '');
            expect(before.length - passed.length).toBeLessThanOrEqual(mostBytes);
          }
          passed += Buffer.from(filter.flush() ?? '').toString();
          expect(passed).toBe(stream.toString().replaceAll(usageAndEnd, ''));
        },
      ),
      { numRuns: 500 },
    );
  });

  const usageAndEnd = /data: \{"choices":\[\],"usage":\{"a":1\}\}(?:\r\n|\r|\n){2}/g;
});

describe('a piece that ends an event', () => {
  it.each(['\n\n', '\r\r', '\r\n\r\n', '\r\n\r', '\n\r', '\r\n\n'])('is not held back: %j', (end) => {
    const bytes = Buffer.from(`data: {"a":1}${end}`);
    expect(new SseSplitter(7).push(bytes)).toEqual(['{"a":1}']);
    const filter = new UsageFilter();
    expect(filter.push(bytes)).toEqual(bytes);
    // What follows may be the rest of the line end.
    expect(filter.push(Buffer.from('\n'))?.toString()).toBe(end.endsWith('\r') ? '\n' : undefined);
  });

  it('takes the rest of its line end with it, where it is the usage chunk', () => {
    const filter = new UsageFilter();
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":1}}\r\n\r';
    expect(filter.push(Buffer.from(usage))).toBeUndefined();
    expect(filter.push(Buffer.from('\ndata: [DONE]\r\n\r\n'))?.toString()).toBe('data: [DONE]\r\n\r\n');
  });
});

describe('a Responses stream that passes by', () => {
  const read = (events: readonly object[]) => {
    const reader = new StreamReader('responses', newAnswer(), 1, 7);
    for (const event of events) reader.read(JSON.stringify(event));
    return reader.answer;
  };
  const created = {
    type: 'response.created',
    response: { id: 'resp_1', model: 'gpt-5', status: 'in_progress' },
  };
  const delta = { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hello' };

  it('is not finished without its last event', () => {
    const answer = read([created, delta]);
    expect(answer).toMatchObject({
      finished: false,
      visible: true,
      characters: 5,
      response: { id: 'resp_1', model: 'gpt-5' },
    });
  });

  it('takes usage and finish from its last event', () => {
    const output = [{ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }];
    const usage = {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 1 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 4 },
    };
    const answer = read([
      created,
      delta,
      {
        type: 'response.completed',
        response: { id: 'resp_1', model: 'gpt-5', status: 'completed', output, usage },
      },
    ]);
    expect(answer).toMatchObject({
      finished: true,
      visible: true,
      characters: 5,
      response: { finishReasons: ['completed'] },
      usage: {
        source: 'provider',
        inputTokens: 3,
        cachedInputTokens: 1,
        outputTokens: 9,
        reasoningTokens: 4,
      },
    });
  });

  it('is seen to show nothing when reasoning took the whole allowance', () => {
    const response = {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'reasoning' }],
    };
    expect(read([created, { type: 'response.incomplete', response }])).toMatchObject({
      finished: true,
      visible: false,
      response: { finishReasons: ['max_output_tokens'] },
    });
  });

  it('is a failure when the provider says so', () => {
    const response = { status: 'failed', error: { code: 'server_error', message: 'no' } };
    expect(read([created, { type: 'response.failed', response }]).failure).toEqual({
      code: 'server_error',
      message: 'no',
    });
    expect(
      read([created, { type: 'error', code: 'rate_limit_exceeded', message: 'slow' }]).failure?.code,
    ).toBe('rate_limit_exceeded');
  });
});
