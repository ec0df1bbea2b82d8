/** What one iteration asks of the gateway. */
export interface Ask {
  readonly kind: 'chat' | 'responses' | 'embeddings';
  readonly path: string;
  readonly model: string;
  readonly prompt: string;
  /** Who goes first where calls wait for a limit. */
  readonly priority?: 'high' | 'medium' | 'low';
  readonly maxOutputTokens?: number;
  /** Of a background job that is asked about. */
  readonly jobId?: string;
}

const chat = { kind: 'chat', path: '/chat' } as const;
const responses = { kind: 'responses', path: '/responses' } as const;
const embeddings = { kind: 'embeddings', path: '/embeddings', model: 'text-embedding-3-small' } as const;
const chatStream = { kind: 'chat', path: '/chat/stream' } as const;
const responsesStream = { kind: 'responses', path: '/responses/stream' } as const;

/** Ten calls in turn: half chat, three responses, two embeddings. */
const jsonMix = [
  { ...chat, model: 'gpt-5-mini' },
  { ...responses, model: 'gpt-5-nano' },
  { ...chat, model: 'gpt-4.1-mini' },
  { ...embeddings },
  { ...chat, model: 'gpt-5-mini' },
  { ...responses, model: 'gpt-4o-mini' },
  { ...chat, model: 'gpt-4.1-mini' },
  { ...embeddings },
  { ...responses, model: 'gpt-5-nano' },
  { ...chat, model: 'gpt-4.1-mini' },
] as const;

const streamMix = [
  { ...chatStream, model: 'gpt-4.1-mini' },
  { ...responsesStream, model: 'gpt-5-nano' },
  { ...chatStream, model: 'gpt-5-mini' },
  { ...responsesStream, model: 'gpt-4o-mini' },
] as const;

const question = 'Say in a few words what a telltale on a sail is for.';
/** Long enough for the provider's prompt cache, so that cached tokens are billed too. */
const longQuestion = `${'A telltale is a strip of cloth on a sail that shows how the air flows. '.repeat(80)}${question}`;

/** A background job: of models that reason, because those are what is left to think on its own. */
export function jobAsk(iteration: number): Ask {
  const model = iteration % 2 === 0 ? 'gpt-5-mini' : 'gpt-5-nano';
  return { kind: 'responses', path: '/responses/background', model, prompt: question };
}

/** How far a job is that `ask` began. */
export function pollAsk(ask: Ask, jobId: string): Ask {
  return { ...ask, path: '/responses/poll', jobId };
}

export function jsonAsk(iteration: number): Ask {
  return ask(jsonMix, iteration);
}

export function streamAsk(iteration: number): Ask {
  return ask(streamMix, iteration);
}

function ask(mix: readonly Omit<Ask, 'prompt'>[], iteration: number): Ask {
  const what = mix[iteration % mix.length];
  if (!what) throw new Error('The mix of calls is empty.');
  // Every seventh: shares no factor with the length of a mix, so each kind of call gets its long prompts.
  return { ...what, prompt: iteration % 7 === 0 ? longQuestion : question };
}

/** One call in ten is urgent, six have time. */
const priorities = ['high', 'medium', 'low', 'low', 'medium', 'low', 'low', 'medium', 'low', 'low'] as const;

/** Enough for every answer of the mock, so that none is cut short. */
const maxOutputTokens = 1_000;

/** The same call as one of many that share a quota. */
export function prioritised(ask: Ask, iteration: number): Ask {
  // Moves on by one with each turn of the mix, so that each kind of call has each priority.
  const place = (iteration + Math.floor(iteration / priorities.length)) % priorities.length;
  const priority = priorities[place] ?? 'medium';
  return ask.kind === 'embeddings' ? { ...ask, priority } : { ...ask, priority, maxOutputTokens };
}
