import { doorsOf } from './doors.ts';
import type { SabotagePlan } from './plan.ts';

export const unclosedSocket: SabotagePlan = {
  plants: 'an attempt that is given up is not stopped: its request stays on its socket',
  scenarios: ['slow'],
  needs: 'requests that hang',
  invariant: 'I9',
  named: 'sockets to the provider still carry a request',
  plant: () => ({
    beneath(client) {
      const doors = doorsOf(client);
      const { fetch } = doors;
      doors.fetch = async (url, init) => {
        const { signal, ...unstoppable } = init ?? {};
        const request = fetch(url, unstoppable);
        return await (signal ? Promise.race([request, aborted(signal)]) : request);
      };
    },
  }),
};

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
