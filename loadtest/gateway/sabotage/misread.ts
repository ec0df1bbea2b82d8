import type OpenAI from 'openai';
import { type Doors, doorsOf, replace } from './doors.ts';

/** Lets whoever decides on a retry see other headers than the provider sent. */
export function misread(client: OpenAI, change: (headers: Headers) => void): void {
  const doors = doorsOf(client);
  const { shouldRetry } = doors;
  const misreading: Doors['shouldRetry'] = (response) => {
    const headers = new Headers(response.headers);
    change(headers);
    // The response itself stays the one that the wrapper knows.
    Object.defineProperty(response, 'headers', { value: headers, configurable: true });
    return shouldRetry.call(client, response);
  };
  replace(doors, 'shouldRetry', misreading);
}

export function forgetWait(headers: Headers): void {
  headers.delete('retry-after');
  headers.delete('retry-after-ms');
}
