import { doorsOf, replace } from './doors.ts';
import { everyNth } from './every-nth.ts';
import type { SabotagePlan } from './plan.ts';

/** By which the rotten fetch knows the requests that go nowhere. */
const mark = 'x-begun-for-nobody';

export const hungCall: SabotagePlan = {
  plants: 'every 20th call is begun a second time, for nobody, and that one never gets as far as the network',
  scenarios: ['chaos', 'calm'],
  needs: 'calls without a deadline',
  invariant: 'I9',
  named: 'calls still in flight',
  plant() {
    const isNext = everyNth(20);
    return {
      beneath(client) {
        const doors = doorsOf(client);
        const { fetch } = doors;
        doors.fetch = (url, init) =>
          new Headers(init?.headers).has(mark) ? new Promise(() => {}) : fetch(url, init);
      },
      within(client) {
        const doors = doorsOf(client);
        const { makeRequest } = doors;
        replace(doors, 'makeRequest', async (options, remaining, retryOf) => {
          if (retryOf === undefined && isNext()) {
            const { headers, ...others } = (await options) as { headers?: object };
            void makeRequest.call(client, { ...others, headers: { ...headers, [mark]: '1' } }, 0, undefined);
          }
          return await makeRequest.call(client, options, remaining, retryOf);
        });
      },
    };
  },
};
