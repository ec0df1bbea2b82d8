import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { ClockSkewFault, ContentTypeFault, NoHeadersFault } from '../faults.ts';

type Change = (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;

export function withType({ contentType = 'text/html' }: ContentTypeFault): Change {
  return (headers) => ({ ...headers, 'content-type': contentType });
}

const mostOmitted: NonNullable<NoHeadersFault['headers']> = [
  'x-request-id',
  'x-ratelimit-*',
  'openai-*',
  'content-type',
];

export function omitted({ headers: names = mostOmitted }: NoHeadersFault): Change {
  function isOmitted(header: string): boolean {
    return names.some((name) =>
      name.endsWith('*') ? header.startsWith(name.slice(0, -1)) : header === name,
    );
  }
  return (headers) => Object.fromEntries(Object.entries(headers).filter(([header]) => !isOmitted(header)));
}

export function skewedDate({ skewMs }: ClockSkewFault, clock: Clock): OutgoingHttpHeaders {
  return { date: new Date(clock.epochMs() + skewMs).toUTCString() };
}
