import type { Backend } from './backend.ts';
import { logsBody, newTraceId, tracesBody } from './bodies.ts';
import type { Collector } from './collector.ts';
import { type Row, same, sameSome } from './rows.ts';
import { waitUntil } from './wait-until.ts';

/** Made up, each in the form of the real thing. `secret` may appear nowhere. */
const planted: readonly { readonly what: string; readonly text: string; readonly secret: string }[] = [
  secretIn('an OpenAI key', ['sk', 'proj-Zx81kQ0vPq7mN3bT5cW9yR2d'].join('-')),
  secretIn('a key as the provider shows it', ['sk', 'abcd1***************wxyz'].join('-')),
  secretIn('a GitHub token', `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2'}`),
  secretIn('an AWS key', `AKIA${'QX7NPLM2RT5VW8YZ'}`),
  secretIn('a bearer token', 'q7Yh2mKp90XzLw', 'Authorization: Bearer q7Yh2mKp90XzLw'),
  secretIn('a basic login', 'dXNlcjpwYXNzd29yZDEyMw==', 'authorization=Basic dXNlcjpwYXNzd29yZDEyMw=='),
  secretIn('a JSON Web Token', `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJzdWIiOiIxIn0.c2lnbmF0dXJl`),
  secretIn('a password in an address', 'hunter2', 'redis://admin:hunter2@cache.internal:6379'),
  secretIn('an e-mail address', 'jane.doe+test@mail.example.org'),
  secretIn('a card number', '4111 1111 1111 1111'),
  secretIn('a card number in one', '5500005555555559'),
  secretIn('a card number of 15 digits', '3782-822463-10005'),
];

function secretIn(what: string, secret: string, text = `before ${secret} behind`): (typeof planted)[number] {
  return { what, text, secret };
}

/** What looks a little like a secret and has to arrive as it is. */
const harmless = {
  'gen_ai.request.model': 'gpt-5-mini-2025-08-07',
  'gen_ai.usage.input_tokens': 1795884171,
  'gen_ai.response.time_to_first_chunk': 0.4123456789012345,
  'telltale.request_id': 'req_f58a0ee276ce263fb6f615aa4123456789012345',
  'gen_ai.token.type': 'input',
  'url.template': '/chat/completions',
  'server.address': 'api.openai.com',
} as const;

/** Keys whose value is a secret, whatever it looks like. */
const secretKeys = [
  'http.request.header.authorization',
  'db.password',
  'x-api-key',
  'http.request.header.cookie',
];
const plain = 'nothing-to-be-seen-here';

export async function redactionRows(collector: Collector, backend: Backend): Promise<Row[]> {
  const inAttributes = newTraceId();
  const inEvents = newTraceId();
  const inLists = newTraceId();
  const inKeys = newTraceId();
  const untouched = newTraceId();
  const each = Object.fromEntries(planted.map(({ text }, at) => [`planted.${at}`, text]));
  const name = 'planted';
  const spans = [
    { name, traceId: inAttributes, error: true, attributes: each },
    { name, traceId: inEvents, error: true, eventAttributes: each },
    { name, traceId: inLists, error: true, attributes: { planted: planted.map(({ text }) => text) } },
    {
      name,
      traceId: inKeys,
      error: true,
      attributes: {
        ...Object.fromEntries(secretKeys.map((key) => [key, plain])),
        'planted.list-of': [plain],
      },
    },
    { name, traceId: untouched, error: true, attributes: harmless },
  ];
  await collector.send('traces', tracesBody(spans));
  await collector.send(
    'logs',
    logsBody(planted.map(({ text }) => ({ body: `body ${text}`, attribute: text }))),
  );
  const ids = new Set(spans.map(({ traceId }) => traceId));
  const arrived = () => backend.spans.filter(({ traceId }) => ids.has(traceId));
  await waitUntil(() => arrived().length >= spans.length, 30_000);
  const lines = (): string[] => collector.output.split('\n').filter((line) => line.includes('planted='));
  await waitUntil(() => lines().length >= planted.length, 10_000);
  const [attributes = '', lists = ''] = [inAttributes, inLists].map((id) =>
    JSON.stringify(arrived().find(({ traceId }) => traceId === id)?.attributes ?? {}),
  );
  const keys = arrived().find(({ traceId }) => traceId === inKeys)?.attributes ?? {};
  const left = arrived().find(({ traceId }) => traceId === untouched)?.attributes ?? {};
  return [
    sameSome('spans with planted secrets, arrived', spans.length, arrived().length),
    same('secrets found in what Jaeger got', 'none', found(backend.text)),
    sameSome('secrets masked in attributes of a span', planted.length, masks(attributes)),
    same('a list with secrets is masked', true, masks(lists) > 0),
    sameSome(
      'attributes masked for their name',
      secretKeys.length,
      secretKeys.filter((key) => keys[key] === '****').length,
    ),
    sameSome('log records with planted secrets', planted.length, lines().length),
    same('secrets found in the lines of the log', 'none', found(collector.output)),
    sameSome(
      'harmless values that arrive as they were',
      Object.keys(harmless).length,
      Object.entries(harmless).filter(([key, value]) => left[key] === value).length,
    ),
  ];
}

function masks(text: string): number {
  return text.split('****').length - 1;
}

/** The kinds that are there in plain, and never the secret itself. */
function found(text: string): string {
  const kinds = planted.filter(({ secret }) => text.includes(secret)).map(({ what }) => what);
  return kinds.length === 0 ? 'none' : kinds.join(', ');
}
