const encoder = new TextEncoder();
const chunk = (delta: object, reason: string | null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'gpt-5-mini', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
const events = [
  chunk({ content: 'Gr' }, null),
  chunk({ content: 'üße' }, null),
  chunk({}, 'stop'),
  'data: [DONE]\n\n',
].map((event) => encoder.encode(event));
const completion = JSON.stringify({
  id: 'c',
  model: 'gpt-5-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 4 },
});
const jsonType = { 'content-type': 'application/json' };

/** What a call's last word in its `user` field asks of the provider. */
export type Wish =
  | 'answer'
  | 'bad request'
  | 'busy'
  | 'busy for long'
  | 'no JSON'
  | 'refuse'
  | 'silence'
  | 'stream'
  | 'cut stream'
  | 'endless stream';

/** Imitates a provider in the process itself: real `Response` objects, no sockets, so that 100,000 calls take seconds. */
export async function fakeFetch(_url: unknown, init?: RequestInit): Promise<Response> {
  const signal = init?.signal ?? undefined;
  signal?.throwIfAborted();
  const { user } = JSON.parse(String(init?.body)) as { user: Wish };
  const again = new Headers(init?.headers).get('x-stainless-retry-count') !== '0';
  switch (user) {
    case 'bad request':
      return new Response('{"error":{"message":"no"}}', { status: 400, headers: jsonType });
    case 'busy':
      if (again) return new Response(completion, { headers: jsonType });
      return new Response('{}', { status: 429, headers: { ...jsonType, 'retry-after-ms': '0' } });
    case 'busy for long':
      return new Response('{}', { status: 503, headers: { ...jsonType, 'retry-after-ms': '5' } });
    case 'no JSON':
      return new Response('{"id": ', { headers: jsonType });
    case 'refuse':
      throw new TypeError('fetch failed');
    case 'silence':
      return untilAborted(signal);
    case 'stream':
      return new Response(streamOf(events, true, signal), {
        headers: { 'content-type': 'text/event-stream' },
      });
    case 'cut stream':
      return new Response(streamOf(events.slice(0, 2), true, signal));
    case 'endless stream':
      return new Response(streamOf(events.slice(0, 2), false, signal));
    default:
      return new Response(completion, { headers: jsonType });
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Like Node's own `fetch`: a signal that outlives the body does not keep it, nor a listener for it. */
const forgotten = new FinalizationRegistry<() => void>((forget) => forget());

/** Breaks the body off when the signal aborts. Its closures see neither of them, or they would keep them. */
function breakOff(body: ReadableStreamDefaultController, signal: AbortSignal): () => void {
  const [weakBody, weakSignal] = [new WeakRef(body), new WeakRef(signal)];
  const abort = (): void => weakBody.deref()?.error(weakSignal.deref()?.reason);
  const forget = (): void => weakSignal.deref()?.removeEventListener('abort', abort);
  signal.addEventListener('abort', abort, { once: true });
  forgotten.register(body, forget);
  return forget;
}

/** Gives a piece whenever one is asked for; then ends, or waits. */
function streamOf(
  pieces: readonly Uint8Array[],
  ends: boolean,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let next = 0;
  let forget: (() => void) | undefined;
  const feed = {
    pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
      forget ??= signal && breakOff(controller, signal);
      const piece = pieces[next++];
      if (piece) controller.enqueue(piece);
      else if (ends) {
        controller.close();
        forget?.();
      }
    },
    cancel: () => forget?.(),
  };
  return new ReadableStream<Uint8Array>(feed, { highWaterMark: 0 });
}
