import type OpenAI from 'openai';
import { type Doors, doorsOf, replace } from './doors.ts';

/** Lets whoever decides on a retry see other headers than the provider sent. */
export function misread(client: OpenAI, change: (headers: Headers) => void): void {
  const doors = doorsOf(client);
  const { shouldRetry } = doors;
  const misreading: Doors['shouldRetry'] = (response) => {
    changeHeaders(response, change);
    return shouldRetry.call(client, response);
  };
  replace(doors, 'shouldRetry', misreading);
}

/** Those of an answer cannot be changed; it gets others, and stays the object that the wrapper knows. */
export function changeHeaders(response: Response, change: (headers: Headers) => void): void {
  const headers = new Headers(response.headers);
  change(headers);
  Object.defineProperty(response, 'headers', { value: headers, configurable: true });
}

export function forgetWait(headers: Headers): void {
  headers.delete('retry-after');
  headers.delete('retry-after-ms');
}
