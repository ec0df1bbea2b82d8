import type { Call } from '../../src/call.ts';

/** A chat that has just ended well. */
export function exampleCall(): Call {
  return {
    request: {
      operation: 'chat',
      endpoint: 'chat',
      method: 'POST',
      route: '/chat/completions',
      model: 'gpt-5-mini',
      streamed: false,
      provider: 'openai',
      serverAddress: 'api.openai.com',
    },
    startedMs: 0,
    endedMs: 10,
    response: {},
    usage: { source: 'unknown' },
    attempts: 1,
    backoffMs: 0,
    chunks: 0,
    outcome: 'ok',
  };
}
