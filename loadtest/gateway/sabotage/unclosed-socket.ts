import { doorsOf } from './doors.ts';
import type { SabotagePlan } from './plan.ts';

export const unclosedSocket: SabotagePlan = {
  plants: 'an attempt that is given up is not stopped: its request stays on its socket',
  scenarios: ['slow'],
  needs: 'requests that hang or stall',
  invariant: 'I9',
  named: 'sockets to the provider still carry a request',
  plant: () => ({
    beneath(client) {
      const doors = doorsOf(client);
      const { fetch } = doors;
      doors.fetch = async (url, init) => {
        const { signal, ...unstoppable } = init ?? {};
        const request = fetch(url, unstoppable);
        if (!signal) return await request;
        const response = await Promise.race([request, aborted(signal)]);
        const type = response.headers.get('content-type') ?? '';
        if (!response.body || !type.startsWith('text/event-stream')) return response;
        const { status, statusText, headers } = response;
        return new Response(held(response.body, signal), { status, statusText, headers });
      };
    },
  }),
};

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => whenAborted(signal, () => reject(signal.reason)));
}

/** The same body, of which whoever gives it up lets go alone. */
function held(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    start: (controller) => whenAborted(signal, () => controller.error(signal.reason)),
    async pull(controller) {
      const { done, value } = await reader.read();
      // Nobody reads any more where it has been given up meanwhile.
      if (signal.aborted) return;
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
