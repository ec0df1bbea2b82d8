import type OpenAI from 'openai';
import { type MakeCall, outcomeOfResponse, requestIdOf, responseBody, type Seen } from './whole-calls.ts';

/** The calls of a background job: one starts it, the others ask how far it is. */
export const jobCalls = {
  async start(client, ask, options) {
    const response = await client.responses.create({ ...responseBody(ask), background: true }, options);
    const isUnderWay = response.status === 'queued' || response.status === 'in_progress';
    // One that is under way has shown nothing yet, and that is no fault.
    return { outcome: isUnderWay ? 'ok' : outcomeOfResponse(response), ...jobOf(response) };
  },
  async poll(client, { jobId = '' }, options) {
    // To hear that a job has failed is what was asked for.
    return { outcome: 'ok', ...jobOf(await client.responses.retrieve(jobId, {}, options)) };
  },
} satisfies Record<string, MakeCall>;

function jobOf(response: OpenAI.Responses.Response & { _request_id?: string | null }): Omit<Seen, 'outcome'> {
  const { id, status = 'completed' } = response;
  return { job: { id, status }, ...requestIdOf(response), finishReason: status };
}
