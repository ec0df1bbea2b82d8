import type OpenAI from 'openai';
import { type MakeCall, outcomeOfResponse, requestIdOf, responseBody, type Seen } from './whole-calls.ts';

/** The calls of a background job: one starts it, the others ask how far it is. */
export const jobCalls = {
  async start(client, ask, options) {
    return seenOf(await client.responses.create({ ...responseBody(ask), background: true }, options));
  },
  async poll(client, { jobId = '' }, options) {
    return seenOf(await client.responses.retrieve(jobId, {}, options));
  },
} satisfies Record<string, MakeCall>;

/** One that is under way has shown nothing yet, and that is no fault. */
function seenOf(response: OpenAI.Responses.Response & { _request_id?: string | null }): Seen {
  const { id, status = 'completed' } = response;
  const isUnderWay = status === 'queued' || status === 'in_progress';
  return {
    outcome: isUnderWay ? 'ok' : outcomeOfResponse(response),
    job: { id, status },
    ...requestIdOf(response),
    finishReason: status,
  };
}
