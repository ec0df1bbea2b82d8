import type OpenAI from 'openai';
import type { Book, Fact, Sink } from '../floor/book.ts';
import { oneCall, oneStream, request } from '../subjects.ts';
import type { ScriptedProvider } from './scripted-provider.ts';

/** What a wrapper is seen to tell, tried out rather than looked up. */
export interface Observed {
  /** A call that was answered 429 and tried again looks different from one that was not. */
  readonly attempts: boolean;
  /** The token counts that the provider sends at the end of a stream are there. */
  readonly streamUsage: boolean;
  /** When the first chunk of a stream came, or how long it took. */
  readonly firstChunk: boolean;
  /** What the user said is there, with no option set. */
  readonly content: boolean;
}

export async function probe(
  openai: OpenAI,
  sink: Sink,
  provider: ScriptedProvider,
): Promise<{ call: Book; observed: Observed }> {
  // The first calls make instruments and caches.
  for (let warm = 0; warm < 5; warm++) {
    await oneCall(openai);
    await oneStream(openai);
  }
  await sink.drain();
  const call = await sink.record(() => oneCall(openai));
  const others: Book[] = [];
  for (const delayMs of [7, 23]) {
    provider.answerNextAfter(delayMs);
    others.push(await sink.record(() => oneCall(openai)));
  }
  provider.answerNext(refusal);
  const retried = await sink.record(() => oneCall(openai));
  provider.answerNext(streamWithUsage);
  const stream = await sink.record(() => askedForUsage(openai));
  return {
    call,
    observed: {
      attempts: differs(steady(call, others), retried),
      streamUsage: [tokens.prompt, tokens.completion].every((count) => mentions(stream, String(count))),
      firstChunk: stream.facts.some(isAboutTheFirstChunk),
      content: mentions(call, request.messages[0]?.content ?? ''),
    },
  };
}

/** Numbers that are in nothing else. */
const tokens = { prompt: 791_933, completion: 642_157 };

const refusal = () =>
  new Response('{"error":{"message":"Slow down","type":"requests","code":"rate_limit_exceeded"}}', {
    status: 429,
    headers: { 'content-type': 'application/json', 'retry-after-ms': '5' },
  });

function streamWithUsage(): Response {
  const base = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'gpt-5-mini' };
  const usage = {
    prompt_tokens: tokens.prompt,
    completion_tokens: tokens.completion,
    total_tokens: tokens.prompt + tokens.completion,
  };
  const chunks = [
    {
      ...base,
      choices: [{ index: 0, delta: { role: 'assistant', content: 'It may' }, finish_reason: null }],
    },
    { ...base, choices: [{ index: 0, delta: { content: ' rain.' }, finish_reason: null }] },
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { ...base, choices: [], usage },
  ];
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map(
    (data) => `data: ${data}\n\n`,
  );
  return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
}

async function askedForUsage(openai: OpenAI): Promise<void> {
  const stream = await openai.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const _chunk of stream);
}

const asText = ([name, value]: Fact) => `${name}=${value}`;

/** The facts that calls share which differ in nothing but how long they took: no times and no ids. */
function steady(call: Book, others: readonly Book[]): readonly string[] {
  const said = others.map(({ facts }) => new Set(facts.map(asText)));
  return call.facts.map(asText).filter((text) => said.every((texts) => texts.has(text)));
}

function differs(expected: readonly string[], book: Book): boolean {
  const facts = new Set(book.facts.map(asText));
  return expected.some((text) => !facts.has(text));
}

function mentions({ facts }: Book, text: string): boolean {
  return facts.some(([, value]) => String(value).includes(text));
}

/** Words that nobody's answer has in a short text; a name says it, or the name of an event. */
function isAboutTheFirstChunk([name, value]: Fact): boolean {
  const words = typeof value === 'string' && value.length < 60 ? `${name} ${value}` : name;
  return /first_?(?:token|chunk)|completion_?start|new_token/i.test(words);
}
