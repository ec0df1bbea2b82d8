import { endpointNames } from '../endpoint.ts';
import type { KindFault } from '../faults.ts';
import {
  boolean,
  exactly,
  type Field,
  type Fields,
  headerText,
  type JsonSchema,
  listOf,
  number,
  oneOf,
  required,
  text,
} from './field.ts';

/** What one kind of fault may hold. The field by which it is told is not among them. */
export interface FaultFields {
  readonly says: string;
  readonly fields: Fields;
  /** What holds between its fields, as a schema. */
  readonly rules?: JsonSchema;
}

/** Longer waits do not fit a timer. */
const DAY_MS = 86_400_000;

/** About thirty years: as long as no client should wait, and a date that can be written. */
const LONGEST_MS = 1e12;

const chance: Fields = {
  rate: required(
    number('The share of requests that meet it. The rates of a phase sum to at most 1.', { min: 0, max: 1 }),
  ),
  models: listOf('Only requests for these models.', text('A trailing * stands for any ending.')),
  endpoints: listOf('Only requests to these endpoints.', oneOf('An endpoint of the mock.', ...endpointNames)),
  firstAttempts: number('Only the first so many requests of a call.', { min: 1, integer: true }),
};

const retryAdvice: Fields = {
  retryAfterMs: number('The wait that the answer asks for, in milliseconds.', { min: 0, max: LONGEST_MS }),
  retryAfterHeader: oneOf('Which headers say so; both by default.', 'both', 'seconds', 'ms', 'date'),
  retryAfterText: headerText('retry-after word for word, in place of retryAfterMs.'),
  retryAfterMsText: headerText('retry-after-ms word for word, in place of retryAfterMs.'),
  shouldRetry: boolean('The header x-should-retry.'),
};

/** The same is checked in `fault-parser.ts`, with words of its own. */
const adviceRules = {
  dependencies: {
    retryAfterHeader: ['retryAfterMs'],
    retryAfterText: { not: { required: ['retryAfterMs'] } },
    retryAfterMsText: { not: { required: ['retryAfterMs'] } },
  },
};

export const rateLimitCode = 'rate_limit_exceeded';

export const rateLimit: FaultFields = {
  says: 'The provider refuses the request for its rate, or because there is no money left.',
  fields: {
    code: oneOf(
      'rate_limit_exceeded by default.',
      rateLimitCode,
      'slow_down',
      'engine_overloaded',
      'insufficient_quota',
      'credit_balance_exhausted',
      'organization_spend_limit_exceeded',
      'project_spend_limit_exceeded',
      'organization_usage_limit_exceeded',
    ),
    limit: oneOf(
      'Which limit is reached, where the code is rate_limit_exceeded.',
      'requests/minute',
      'tokens/minute',
      'requests/day',
      'tokens/day',
    ),
    ...chance,
    ...retryAdvice,
  },
  rules: {
    dependencies: {
      ...adviceRules.dependencies,
      limit: { properties: { code: { const: rateLimitCode } } },
    },
  },
};

export const overloaded: FaultFields = {
  says: 'The provider has too much to do.',
  fields: {
    code: oneOf('server_is_overloaded by default.', 'server_is_overloaded', 'engine_overloaded', 'slow_down'),
    ...chance,
    ...retryAdvice,
  },
  rules: adviceRules,
};

export const failing: FaultFields = {
  says: 'The provider fails, or cannot take the request now.',
  fields: { ...chance, ...retryAdvice },
  rules: adviceRules,
};

export const delayField = required(number('So much later, in milliseconds.', { min: 0, max: DAY_MS }));

export const delay: FaultFields = { says: 'The provider is that much slower.', fields: chance };

const gapMs = required(number('Between two of them, in milliseconds.', { min: 0, max: DAY_MS }));
const afterBytes = number('So many bytes are sent before; half of the body by default.', {
  min: 0,
  integer: true,
});
const afterChunks = number('So many tokens are sent before; half of the answer by default.', {
  min: 0,
  integer: true,
});

/** By the `kind` of a fault. */
export const kinds: { readonly [Kind in KindFault['kind']]: FaultFields } = {
  refuse: {
    says: 'Nobody listens on the port for the whole phase.',
    fields: { rate: required(exactly('A port is shut for everybody.', 1)) },
  },
  reset: plain('The connection is reset before any header.'),
  'reset-in-headers': plain('The connection is reset amid the headers.'),
  'reset-after-headers': plain('The connection is reset right after the headers.'),
  hang: plain('Nothing comes until the client closes the connection.'),
  'hang-after-headers': plain('Nothing but the headers comes until the client closes the connection.'),
  'reset-body': withFields('The connection is reset amid a body in one piece.', { afterBytes }),
  'stall-body': withFields('A body in one piece stops until the client closes the connection.', {
    afterBytes,
  }),
  'malformed-body': withFields('A body in one piece ends too early, as if it were whole.', { afterBytes }),
  'drip-body': withFields('A body in one piece comes a few bytes at a time.', {
    gapMs,
    pieceBytes: number('Of each piece.', { min: 1, integer: true, default: 16 }),
  }),
  drip: withFields('A stream sends a token every gapMs.', { gapMs }),
  cut: withFields('A stream ends cleanly and without its finish.', { afterChunks }),
  'reset-midstream': withFields('The connection of a stream is destroyed.', { afterChunks }),
  stall: withFields('A stream sends nothing more until the client closes it.', { afterChunks }),
  malformed: withFields('A stream sends half an event, and ends.', { afterChunks }),
  'error-event': withFields('A stream sends an error as an event, and ends.', { afterChunks }),
  duplicate: withFields('A stream sends tokens twice.', {
    everyNth: number('Every so many tokens.', { min: 1, integer: true, default: 1 }),
  }),
  'html-page': withFields('A page of HTML in place of the answer.', { httpStatus: httpStatus() }),
  'content-type': withFields('The right answer with a wrong content-type.', {
    contentType: headerText('text/html by default.'),
  }),
  'huge-body': withFields('A body in one piece comes after so much white space.', {
    bytes: required(number('How many bytes of it.', { min: 1, max: 2 ** 30, integer: true })),
  }),
  'no-usage': plain('The answer does not tell what it cost.'),
  'no-headers': withFields('The answer lacks headers.', {
    headers: listOf(
      'All but content-length by default.',
      oneOf('A header.', 'x-request-id', 'x-ratelimit-*', 'openai-*', 'content-type', 'content-length'),
    ),
  }),
  'clock-skew': withFields('The date and the time in the answer are wrong.', {
    skewMs: required(
      number('How far ahead, in milliseconds; below 0: behind.', {
        min: -LONGEST_MS,
        max: LONGEST_MS,
        integer: true,
      }),
    ),
  }),
};

function plain(says: string): FaultFields {
  return { says, fields: chance };
}

function withFields(says: string, own: Fields): FaultFields {
  return { says, fields: { ...own, ...chance } };
}

function httpStatus(): Field {
  const failure = number('', { min: 400, max: 599, integer: true });
  return {
    required: false,
    schema: {
      description: '502 by default.',
      anyOf: [{ const: 200 }, { type: 'integer', minimum: 400, maximum: 599 }],
    },
    check(path, value) {
      if (value !== 200) failure.check(path, value);
    },
  };
}
