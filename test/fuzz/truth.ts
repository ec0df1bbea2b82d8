import type { World } from '../contract/worlds.ts';
import type { Run } from './perform-plan.ts';
import type { Delivery, Plan } from './plan.ts';

/** What the bytes of an answer say to whoever reads all of them, found out by the bare client. */
export interface Truth {
  readonly items: readonly unknown[];
  readonly error: unknown;
  /** The answer says itself that it is complete. */
  readonly finished: boolean;
  /** The bytes as text, without spaces. */
  readonly wire: string;
}

/** What the server sent last, as far as it was written before the exchange was over. */
export function lastAnswer(plan: Plan, run: Run): { delivery: Delivery; bytes: Buffer } | undefined {
  const index = run.requests.length - 1;
  const delivery = plan.answers[Math.min(index, plan.answers.length - 1)];
  const request = run.requests[index];
  if (!delivery || !request) return undefined;
  const { pieces, encoding, onlyIfAsked = [] } = delivery;
  const asked = request.body.includes('"include_usage":true');
  let counted = 0;
  const written = pieces.filter((piece, index) => {
    if (encoding) return encoding === 'gzip';
    if (onlyIfAsked.includes(index)) return asked && counted < request.pieces + 1;
    return piece !== '' && counted++ < request.pieces;
  });
  return { delivery, bytes: Buffer.from(written.join(''), 'latin1') };
}

export async function truthOf(plan: Plan, run: Run, world: World): Promise<Truth> {
  const last = lastAnswer(plan, run);
  const { ask } = plan;
  const items: unknown[] = [];
  if (!last) return { items, error: undefined, finished: false, wire: '' };
  const client = new world.OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    logLevel: 'off',
    fetch: async () => new Response(last.bytes, { headers: last.delivery.headers }),
  });
  const stream = ask.to.endsWith('stream');
  let error: unknown;
  try {
    const answer: unknown = await client.post('/anything', { body: {}, stream });
    if (stream) for await (const item of answer as AsyncIterable<unknown>) items.push(item);
    else items.push(answer);
  } catch (thrown) {
    error = thrown;
  }
  const bytes = last.bytes.toString('latin1');
  const wire = bytes.replaceAll(/[\r\n]data:|\s/g, '');
  const lines = bytes.replaceAll(/\r\n?/g, '\n');
  return { items, error, finished: isFinished(plan, items, lines, world.major), wire };
}

type Json = { readonly [key: string]: unknown };
const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Json)[key] : undefined;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isFinished({ ask }: Plan, items: readonly unknown[], lines: string, major: 6 | 7): boolean {
  // openai 6 does not look at what stands behind it, and drops an event without a blank line.
  const isDone =
    major === 6
      ? /^(?:\xef\xbb\xbf)?data: ?\[DONE\]/m.test(lines.slice(0, lines.lastIndexOf('\n\n') + 1))
      : /^(?:\xef\xbb\xbf)?data: ?\[DONE\]$/m.test(lines);
  // A chat says of a choice why it ends; that it is over is not enough.
  if (isDone && ask.to !== 'chat stream') return true;
  if (ask.to === 'responses stream')
    return items.some((item) => /^response\.(?:completed|incomplete|failed)$/.test(String(at(item, 'type'))));
  const finished = new Set<unknown>();
  for (const item of items)
    for (const choice of list(at(item, 'choices')))
      if (at(choice, 'finish_reason')) finished.add(at(choice, 'index') ?? 0);
  if (ask.to === 'completions stream') return finished.size >= 1;
  return ask.to === 'chat stream' && finished.size >= (isDone ? 1 : (ask.n ?? 1));
}

const whole = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

/** The last tokens that the items tell: `input/output`. */
export function tokensOf(items: readonly unknown[]): string | undefined {
  let told: string | undefined;
  for (const item of items) {
    const usage = at(item, 'usage') ?? at(at(item, 'response'), 'usage');
    const input = whole(at(usage, 'prompt_tokens')) ?? whole(at(usage, 'input_tokens'));
    const output = whole(at(usage, 'completion_tokens')) ?? whole(at(usage, 'output_tokens'));
    if (input !== undefined || output !== undefined) told = `${input}/${output}`;
  }
  return told;
}

/** True where an item is, or has in it, an error that the provider sent. */
export function tellsError(items: readonly unknown[]): boolean {
  return items.some(
    (item) =>
      at(item, 'error') ||
      at(item, 'type') === 'error' ||
      at(item, 'status') === 'failed' ||
      at(item, 'type') === 'response.failed' ||
      at(at(item, 'response'), 'error'),
  );
}
