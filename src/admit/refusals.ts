import { TelltaleError } from '../errors.ts';
import type { QuotaGroup } from './quota-group.ts';

/** Where a call can never go: it asks for more than one of its limits holds. */
export function oversizeError(group: QuotaGroup, tokens: number): TelltaleError | undefined {
  if (tokens <= group.mostTokens) return undefined;
  for (const { ofRequests, limit } of group.meters) {
    if (ofRequests || tokens <= limit.quota) continue;
    return new TelltaleError(
      'oversize',
      `This call asks for ${count(tokens)} tokens, and \`${limit.name}\` holds ${count(limit.quota)}: it could never go. Ask for ${count(tokens - limit.quota)} tokens less, or raise the limit.`,
      { limit: limit.name },
    );
  }
  return undefined;
}

export function deadlineError(
  deadlineMs: number,
  waitMs: number | undefined,
  limit: string | undefined,
): TelltaleError {
  const message =
    waitMs === undefined
      ? `This call has waited its ${deadlineMs} ms for ${of(limit)} and is given up.`
      : `This call would wait about ${Math.ceil(waitMs)} ms for ${of(limit)}, and its deadline is ${deadlineMs} ms.`;
  return new TelltaleError('deadline_exceeded', message, known(limit, waitMs));
}

export function tooLongError(maxWaitMs: number, waitMs: number, limit: string | undefined): TelltaleError {
  return new TelltaleError(
    'wait_too_long',
    `This call would wait about ${Math.ceil(waitMs)} ms for ${of(limit)}, and \`queue.maxWaitMs\` is ${maxWaitMs}.`,
    known(limit, waitMs),
  );
}

export function fullError(maxWaiting: number, waitMs: number, limit: string | undefined): TelltaleError {
  return new TelltaleError(
    'queue_full',
    `${maxWaiting} calls wait for ${of(limit)} already, which is \`queue.maxWaiting\`.`,
    known(limit, waitMs),
  );
}

export function closedError(): TelltaleError {
  return new TelltaleError('limiter_closed', 'The limiter is closed.');
}

function of(limit: string | undefined): string {
  return limit === undefined ? 'its turn' : `\`${limit}\``;
}

function known(limit: string | undefined, waitMs: number | undefined) {
  return { limit, ...(waitMs !== undefined && { retryAfterMs: Math.max(Math.ceil(waitMs), 0) }) };
}

function count(tokens: number): string {
  return tokens.toLocaleString('en-US');
}
