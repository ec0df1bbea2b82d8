import { Agent, type IncomingMessage, request } from 'node:http';
import { atRate, type Rate } from '../pace.ts';

export interface Offered {
  readonly offered: number;
  /** Whole and well. */
  readonly answered: number;
  readonly failed: number;
  /** From when a request was due to its end. */
  readonly lateMs: { readonly p50: number; readonly p99: number };
}

/** Chat calls in one piece. */
export function offerJson(url: URL, rate: Rate): Promise<Offered> {
  const body = { model: 'gpt-4.1-mini', messages: [{ role: 'user', content: 'Say something.' }] };
  return offer(url, rate, body, (text) => text.includes('"finish_reason":"stop"'));
}

/** Chat streams; one is well when it has all of its tokens and its end. */
export function offerStreams(url: URL, rate: Rate & { readonly tokens: number }): Promise<Offered> {
  const body = {
    model: 'gpt-4.1-mini',
    stream: true,
    messages: [{ role: 'user', content: 'Say something.' }],
  };
  return offer(url, rate, body, (text) => {
    const chunks = text.split('\n\n').length - 1;
    return chunks >= rate.tokens && text.endsWith('data: [DONE]\n\n');
  });
}

async function offer(
  url: URL,
  rate: Rate,
  body: object,
  isWhole: (text: string) => boolean,
): Promise<Offered> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const json = JSON.stringify(body);
  const { offered, failed, lateMs } = await atRate(rate, async () => isWhole(await ask(url, agent, json)));
  agent.destroy();
  const late = lateMs.toSorted((one, other) => one - other);
  const at = (share: number): number => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0;
  return { offered, answered: late.length, failed, lateMs: { p50: at(0.5), p99: at(0.99) } };
}

function ask(url: URL, agent: Agent, json: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: 'Bearer any',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    };
    const call = request(
      `${url.href}/chat/completions`,
      { method: 'POST', agent, headers },
      (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.once('end', () => resolve(text));
        response.once('error', reject);
      },
    );
    call.once('error', reject);
    call.end(json);
  });
}
