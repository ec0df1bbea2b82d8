import type OpenAI from 'openai';
import { TelltaleError } from '../../errors.ts';
import { asObject } from '../../json.ts';
import type { ReplyOutcome } from './message.ts';

/** What a model answered, as far as it came. */
export interface Answer {
  readonly text: string;
  readonly outcome: ReplyOutcome;
  readonly incompleteReason: string | undefined;
  readonly model: string | undefined;
  readonly responseId: string | undefined;
  /** The last item that it added. */
  readonly lastItemId: string | undefined;
  /** Whether the provider took the request, so that it may have been paid. */
  readonly hasBegun: boolean;
  /** What it used, in a response that was fetched, and the tier that served it. */
  readonly usage: OpenAI.Responses.ResponseUsage | undefined;
  readonly serviceTier?: string | undefined;
  /** Set where it failed on the way. */
  readonly error: unknown;
}

export interface Asking {
  readonly client: OpenAI;
  readonly params: OpenAI.Responses.ResponseCreateParams;
  readonly signal?: AbortSignal | undefined;
  /** Is awaited before anything else of the answer is looked at. */
  readonly onId?: (responseId: string) => Promise<void>;
  readonly onPiece?: ((piece: string) => void) | undefined;
}

/**
 * Asks by a stream also where nobody reads it piece by piece: only a stream says its id before it is paid, by which a later
 * process can ask what became of it. What the client throws is in `error`, so that what came before it is not lost.
 */
export async function ask({ client, params, signal, onId, onPiece }: Asking): Promise<Answer> {
  let text = '';
  let responseId: string | undefined;
  let hasBegun = false;
  let whole: OpenAI.Responses.Response | undefined;
  let error: unknown;
  try {
    const stream = await client.responses.create({ ...params, stream: true }, { ...(signal && { signal }) });
    hasBegun = true;
    for await (const event of stream) {
      if (event.type === 'response.created') {
        responseId = event.response.id;
        await onId?.(responseId);
      } else if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') {
        text += event.delta;
        onPiece?.(event.delta);
      } else if (
        event.type === 'response.completed' ||
        event.type === 'response.incomplete' ||
        event.type === 'response.failed'
      ) {
        whole = event.response;
      }
    }
  } catch (thrown) {
    error = thrown ?? new Error('The client threw nothing.');
  }
  // A whole answer is one, whatever went wrong after its last event.
  if (whole) return answerOf(whole);
  const isCut = signal?.aborted === true;
  return {
    text,
    outcome: isCut ? 'cut' : 'truncated',
    incompleteReason: undefined,
    model: undefined,
    responseId,
    lastItemId: undefined,
    hasBegun,
    usage: undefined,
    error: isCut ? undefined : error,
  };
}

/** Whether there is nothing more of it to come. */
export function isWhole({ error, outcome, incompleteReason }: Answer): boolean {
  return (
    error === undefined && outcome !== 'cut' && (outcome !== 'truncated' || incompleteReason !== undefined)
  );
}

/** Whether it broke off on its way, so that the same may come whole another time. */
export function isBroken({ error, outcome, incompleteReason, hasBegun }: Answer): boolean {
  if (!hasBegun || outcome === 'cut') return false;
  if (error === undefined) return outcome === 'truncated' && incompleteReason === undefined;
  if (error instanceof TelltaleError) return error.code === 'stream_idle' || error.code === 'truncated';
  return typeof asObject(error)?.['status'] !== 'number';
}

/** What a response that has ended says. */
export function answerOf(response: OpenAI.Responses.Response): Answer {
  const { id, model, status, output, incomplete_details: incomplete } = response;
  let text = '';
  let isRefused = false;
  for (const item of output) {
    if (item.type !== 'message') continue;
    for (const part of item.content) {
      if (part.type === 'refusal') isRefused = true;
      text += part.type === 'refusal' ? part.refusal : part.text;
    }
  }
  return {
    text,
    outcome: outcomeOf(text, isRefused, status),
    incompleteReason: incomplete?.reason,
    model,
    responseId: id,
    lastItemId: output.at(-1)?.id ?? undefined,
    hasBegun: true,
    usage: response.usage ?? undefined,
    serviceTier: response.service_tier ?? undefined,
    error: status === 'failed' ? failure(response) : undefined,
  };
}

function outcomeOf(text: string, isRefused: boolean, status: string | undefined): ReplyOutcome {
  if (isRefused) return 'refused';
  if (text === '') return 'empty';
  return status === 'completed' ? 'ok' : 'truncated';
}

function failure({ id, error }: OpenAI.Responses.Response): TelltaleError {
  const why = error ? `${error.code}: ${error.message}` : 'the provider does not say why';
  return new TelltaleError('answer_failed', `The response \`${id}\` has failed: ${why}.`, { cause: error });
}
