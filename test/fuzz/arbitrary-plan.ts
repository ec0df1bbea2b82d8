import fc from 'fast-check';
import { anyJson, anyText, usage } from './arbitrary-events.ts';
import { acts, few, parsedUse, use } from './arbitrary-use.ts';
import { askedStream, cut, jsonBytes, streamBytes, utf8 } from './arbitrary-wire.ts';
import type { AbortPoint, Ask, Delivery, Plan } from './plan.ts';

const chatBody = fc
  .tuple(anyText, fc.option(usage), fc.constantFrom('stop', 'length'))
  .map(([content, counted, reason]): object => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-5-mini-2025-08-07',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: reason }],
    ...(counted && { usage: counted }),
  }));
const responseBody = fc
  .tuple(anyText, fc.constantFrom('completed', 'incomplete', 'failed', 'queued'))
  .map(([content, status]): object => ({
    id: 'resp_1',
    object: 'response',
    status,
    output: [{ type: 'message', content: [{ type: 'output_text', text: content, annotations: [] }] }],
    usage: { input_tokens: 3, output_tokens: 4 },
  }));
const errorBody = fc.oneof(
  anyText.map((message) => utf8(JSON.stringify({ error: { message, type: 't', code: 'c', param: null } }))),
  anyJson.map(utf8),
  fc.constantFrom('', '<b>bad</b>', '{"error":"text"}', '{"error":'),
);

const jsonType = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/problem+json',
  'text/plain',
  'text/event-stream',
  'nonsense',
);

const end = fc.constantFrom<Delivery['end']>(
  'end',
  'end',
  'end',
  'end',
  'end',
  'end',
  'reset',
  'fin',
  'wait',
);
const encoding = fc.constantFrom<Delivery['encoding']>(
  ...new Array(12).fill(undefined),
  'gzip',
  'broken gzip',
);

function good(body: fc.Arbitrary<string>, type: fc.Arbitrary<string>): fc.Arbitrary<Delivery> {
  return fc
    .record({
      status: fc.constantFrom(200, 200, 200, 200, 201, 202),
      type,
      requestId: fc.boolean(),
      pieces: cut(body),
      encoding,
      contentLength: fc.boolean(),
      end,
    })
    .map(({ type: contentType, requestId, ...rest }) => ({
      ...rest,
      headers: {
        ...(contentType !== '' && { 'content-type': contentType }),
        ...(requestId && { 'x-request-id': 'req_1' }),
      },
      // A length that is missed without the connection breaking off is waited for without end.
      contentLength: rest.contentLength && rest.end !== 'wait',
      end: rest.encoding ? ('end' as const) : rest.end,
    }));
}

const retryHeaders = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { 'retry-after-ms': '1' },
  { 'retry-after-ms': '0' },
  { 'retry-after-ms': '-5' },
  { 'retry-after-ms': 'x', 'retry-after': '0' },
  { 'retry-after': '0.002' },
  { 'retry-after': 'soon' },
  { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' },
  { 'x-should-retry': 'true' },
  { 'x-should-retry': 'false' },
);

const bad: fc.Arbitrary<Delivery> = fc
  .record({
    status: fc.constantFrom(400, 401, 403, 404, 408, 409, 418, 422, 429, 429, 500, 502, 503, 529, 304),
    more: retryHeaders,
    type: jsonType,
    pieces: cut(errorBody),
    end: fc.constantFrom<Delivery['end']>('end', 'end', 'end', 'reset', 'fin'),
  })
  .map(({ status, more, type, pieces, end: how }) => ({
    status,
    headers: { 'content-type': type, ...more },
    // These have no body.
    pieces: status === 304 ? [] : pieces,
    contentLength: false,
    end: status === 304 ? ('end' as const) : how,
  }));

const none = (how: Delivery['end']): Delivery => ({
  status: 200,
  headers: {},
  pieces: [],
  contentLength: false,
  end: how,
});
const refusals = fc.constantFrom(none('refuse'), none('refuse'), none('silence'), {
  ...none('end'),
  status: 204,
});

/** How the requests of one call are answered. */
function answers(last: fc.Arbitrary<Delivery>): fc.Arbitrary<Delivery[]> {
  return (
    fc
      .tuple(
        fc.array(fc.oneof({ weight: 5, arbitrary: bad }, { weight: 1, arbitrary: refusals }), {
          maxLength: 2,
        }),
        fc.oneof(
          { weight: 12, arbitrary: last },
          { weight: 1, arbitrary: bad },
          { weight: 1, arbitrary: refusals },
        ),
        fc.nat(3),
      )
      // Most calls are answered at once.
      .map(([before, final, often]) => (often === 0 ? [...before, final] : [final]))
  );
}

const abort: fc.Arbitrary<AbortPoint | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  fc.constantFrom<AbortPoint>({ at: 'start' }, { at: 'end' }, { at: 'backoff' }),
  fc.nat(1).map((request) => ({ at: 'request' as const, request })),
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(1), few).map(([request, piece]) => ({ at: 'piece' as const, request, piece })),
  },
);

interface Subject {
  readonly ask: Ask;
  readonly answer: fc.Arbitrary<Delivery>;
}

const eventType = fc.constantFrom(
  'text/event-stream',
  'text/event-stream; charset=utf-8',
  'application/json',
  '',
);
const chatStream = (ask: Ask): Subject => ({ ask, answer: good(streamBytes('chat'), eventType) });
const subjects: readonly (readonly [number, Subject])[] = [
  [5, chatStream({ to: 'chat stream' })],
  [1, chatStream({ to: 'chat stream', n: 2 })],
  [1, chatStream({ to: 'chat stream', usage: true })],
  [1, chatStream({ to: 'completions stream' })],
  [2, { ask: { to: 'responses stream' }, answer: good(streamBytes('responses'), eventType) }],
  [2, { ask: { to: 'chat' }, answer: good(jsonBytes(chatBody), jsonType) }],
  [1, { ask: { to: 'responses' }, answer: good(jsonBytes(responseBody), jsonType) }],
  [1, { ask: { to: 'embeddings' }, answer: good(jsonBytes(responseBody), jsonType) }],
  [1, { ask: { to: 'model' }, answer: good(jsonBytes(chatBody), jsonType) }],
  [1, { ask: { to: 'file content' }, answer: good(jsonBytes(chatBody), jsonType) }],
];

/** A streamed chat whose caller does not ask for usage, but whose observer may. */
export const anyUnaskedPlan: fc.Arbitrary<Plan> = fc
  .record({
    ask: fc.constant<Ask>({ to: 'chat stream' }),
    maxRetries: fc.constantFrom<0 | 1 | 2>(0, 1, 2, 2),
    answers: answers(
      fc
        .tuple(
          askedStream,
          fc.constantFrom<Delivery['end']>('end', 'end', 'end', 'end', 'fin', 'reset', 'wait'),
        )
        .map(
          ([stream, how]): Delivery => ({
            ...stream,
            status: 200,
            headers: { 'content-type': 'text/event-stream' },
            contentLength: false,
            end: how,
          }),
        ),
    ),
    use: fc.oneof(
      { weight: 2, arbitrary: parsedUse },
      {
        weight: 1,
        arbitrary: fc.record({
          how: fc.constant('raw' as const),
          acts: fc.array(acts(false), { maxLength: 3 }),
        }),
      },
    ),
    abort,
    logLevel: fc.constant<'warn'>('warn'),
  })
  .map((plan) => (plan.abort ? { ...plan, answers: plan.answers.map(patient) } : plan));

/** Any plan. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .oneof(...subjects.map(([weight, subject]) => ({ weight, arbitrary: fc.constant(subject) })))
  .chain(({ ask, answer }) =>
    fc.record({
      ask: fc.constant(ask),
      maxRetries: fc.constantFrom<0 | 1 | 2>(0, 1, 2, 2),
      answers: answers(answer),
      use,
      abort,
      logLevel: fc.constantFrom<'debug' | 'warn'>('warn', 'warn', 'warn', 'debug'),
    }),
  )
  .map((plan) => (plan.abort ? { ...plan, answers: plan.answers.map(patient) } : plan));

/** Without a wish for a wait: what the client's own rule gives is long enough for an abort to fall into it. */
function patient(delivery: Delivery): Delivery {
  const headers = Object.entries(delivery.headers).filter(([name]) => !name.startsWith('retry-after'));
  return { ...delivery, headers: Object.fromEntries(headers) };
}
