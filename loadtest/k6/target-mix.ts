import type { K6Request } from './target-config.ts';

/** In turns as long as the weights' sum, in which each request comes as often as its weight says. */
export function requestAt(requests: readonly K6Request[], iteration: number): K6Request {
  const turn = requests.reduce((sum, { weight }) => sum + weight, 0);
  let place = iteration % turn;
  for (const request of requests) {
    if (place < request.weight) return request;
    place -= request.weight;
  }
  throw new Error('There is no request to make.');
}
