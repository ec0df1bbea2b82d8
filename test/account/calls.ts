import type { Call, Outcome, Usage } from '../../src/call.ts';

/** What differs from one call of a test to another. */
export interface CallSample {
  readonly operation?: string;
  readonly endpoint?: Call['request']['endpoint'];
  readonly model?: string | undefined;
  readonly streamed?: boolean;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly durationMs?: number;
  readonly backoffMs?: number;
  readonly throttleMs?: number;
  readonly usage?: Usage;
  readonly costUsd?: number | undefined;
  readonly cacheSavedUsd?: number | undefined;
  readonly outcome?: Outcome;
  /** What a budget, and where a fallback, had put in the model's place. */
  readonly sentModel?: string | undefined;
  readonly fallbackModel?: string | undefined;
}

/** A call that has ended. */
export function endedCall(sample: CallSample = {}): Call {
  const { operation = 'chat', endpoint = 'chat', streamed = false, body, costUsd } = sample;
  const model = 'model' in sample ? sample.model : 'gpt-5-mini';
  const { sentModel, fallbackModel, throttleMs, cacheSavedUsd } = sample;
  return {
    request: {
      operation,
      endpoint,
      method: 'POST',
      route: '/chat/completions',
      ...(model !== undefined && { model }),
      streamed,
      provider: 'openai',
      serverAddress: '127.0.0.1',
      ...(body !== undefined && { body }),
    },
    startedMs: 0,
    endedMs: sample.durationMs ?? 10,
    response: {},
    usage: sample.usage ?? { source: 'unknown' },
    ...(costUsd !== undefined && { costUsd }),
    ...(cacheSavedUsd !== undefined && { cacheSavedUsd }),
    ...(sentModel !== undefined && { sentModel }),
    ...(fallbackModel !== undefined && {
      fallbacks: [{ model: fallbackModel, reason: 'ill' as const, serverAddress: '127.0.0.1' }],
    }),
    attempts: 1,
    backoffMs: sample.backoffMs ?? 0,
    ...(throttleMs !== undefined && { throttleMs }),
    chunks: 0,
    outcome: sample.outcome ?? 'ok',
  };
}
