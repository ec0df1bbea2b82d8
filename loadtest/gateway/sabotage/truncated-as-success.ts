import { doorsOf } from './doors.ts';
import type { SabotagePlan } from './plan.ts';

export const truncatedAsSuccess: SabotagePlan = {
  plants:
    'a stream that breaks off after its first text is given a finish, to the caller and in the telemetry',
  scenarios: ['broken-streams'],
  needs: 'streams that break off',
  invariant: 'I8',
  named: 'a call called a success',
  plant: () => ({
    beneath(client) {
      const doors = doorsOf(client);
      const { fetch } = doors;
      doors.fetch = async (...args) => {
        const response = await fetch(...args);
        const type = response.headers.get('content-type') ?? '';
        if (!response.body || !type.startsWith('text/event-stream')) return response;
        const { status, statusText, headers } = response;
        return new Response(ReadableStream.from(finished(response.body)), { status, statusText, headers });
      };
    },
  }),
};

/** The same events, and a finish behind them where the provider sent none. */
async function* finished(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let hasText = false;
  let hasFinish = false;
  /** Of a Responses stream: what its finish repeats. */
  let begun: object | undefined;
  let rest = '';
  try {
    for await (const piece of body) {
      const events = (rest + decoder.decode(piece, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const { kind, response } = read(event);
        begun ??= response;
        hasText ||= kind === 'text';
        hasFinish ||= kind === 'finish';
        if (kind !== 'broken' || !hasText) yield encoder.encode(`${event}\n\n`);
      }
    }
  } catch (error) {
    if (!hasText || hasFinish) throw error;
  }
  if (rest !== '' && (!hasText || hasFinish)) yield encoder.encode(rest);
  if (hasText && !hasFinish) yield encoder.encode(begun ? finishOfResponse(begun) : finishOfChat);
}

interface Event {
  readonly kind: 'text' | 'finish' | 'broken' | 'other';
  readonly response?: object;
}

function read(event: string): Event {
  const data = event.slice(event.indexOf('data: ') + 'data: '.length);
  if (data === '[DONE]') return { kind: 'finish' };
  try {
    const { error, type, response, choices } = JSON.parse(data) as {
      error?: object;
      type?: string;
      response?: object;
      choices?: readonly { delta: { content?: string }; finish_reason?: string | null }[];
    };
    if (error || type === 'error') return { kind: 'broken' };
    if (type === 'response.completed' || type === 'response.incomplete') return { kind: 'finish' };
    const [choice] = choices ?? [];
    if (choice?.finish_reason) return { kind: 'finish' };
    const isText = type === 'response.output_text.delta' || Boolean(choice?.delta.content);
    return { kind: isText ? 'text' : 'other', ...(response && { response }) };
  } catch {
    return { kind: 'broken' };
  }
}

const finishOfChat = `data: ${JSON.stringify({
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
})}\n\ndata: [DONE]\n\n`;

function finishOfResponse(begun: object): string {
  const type = 'response.completed';
  return `event: ${type}\ndata: ${JSON.stringify({ type, response: { ...begun, status: 'completed' } })}\n\n`;
}
