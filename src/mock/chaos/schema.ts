import { limitKeys } from '../limits/limit.ts';
import { phaseFields } from '../schedule.ts';
import {
  delay,
  delayField,
  type FaultFields,
  failing,
  kinds,
  overloaded,
  rateLimit,
} from './fault-fields.ts';
import {
  type Field,
  type Fields,
  type JsonSchema,
  listOf,
  number,
  objectSchema,
  oneOf,
  required,
  text,
} from './field.ts';

/**
 * The schema of a schedule's file, for editors: draft 7, which they know best. It allows what `readSchedule` allows, but
 * for sums and for times that depend on each other: the rates of a phase, and phases that overlap.
 */
export function scheduleSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A schedule of faults for the mock provider of Telltale',
    anyOf: [{ $ref: '#/definitions/schedule' }, { $ref: '#/definitions/phases' }],
    definitions: {
      schedule: scheduleObject(),
      phases: {
        type: 'array',
        description: 'The phases of a run, from its start. After the last one all is calm.',
        items: { $ref: '#/definitions/phase' },
      },
      phase: objectSchema(
        { ...phaseFields, faults: only({ type: 'array', items: { $ref: '#/definitions/fault' } }) },
        'A stretch of the run in which the same faults may happen.',
      ),
      fault: { anyOf: faultSchemas() },
      limit: limitSchema(),
    },
  };
}

function scheduleObject(): JsonSchema {
  const fields: Fields = {
    $schema: only({ type: 'string', description: 'Where this schema is, for editors.' }),
    says: text('What the schedule is about, for a reader.'),
    loop: only({
      type: 'boolean',
      description: 'Whether it begins again after its last phase.',
      default: false,
    }),
    scale: only({
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1e6,
      description: 'Every time in the schedule is multiplied by it.',
      default: 1,
    }),
    phases: required(only({ $ref: '#/definitions/phases' })),
    limits: only({ type: 'array', items: { $ref: '#/definitions/limit' } }),
    law: oneOf('How the limits are held; bucket by default.', 'bucket', 'window'),
    ...Object.fromEntries(flags.map((name) => [name, only({ type: 'boolean' })])),
  };
  // What says how the limits are held needs limits.
  const dependencies = Object.fromEntries(
    ['law', ...flags].map((name) => [
      name,
      { required: ['limits'], properties: { limits: { minItems: 1 } } },
    ]),
  );
  return objectSchema(fields, 'A schedule, and what goes with it.', { dependencies });
}

const flags = limitKeys.filter((name) => name !== 'limits' && name !== 'law');

/** A field of which only the schema is said here: its check is elsewhere. */
function only(schema: JsonSchema): Field {
  return { required: false, schema, check() {} };
}

function faultSchemas(): JsonSchema[] {
  const otherStatus = {
    anyOf: [{ enum: [408, 409] }, { type: 'integer', minimum: 500, maximum: 599, not: { const: 503 } }],
  };
  return [
    faultSchema('status', { const: 429 }, rateLimit),
    faultSchema('status', { const: 503 }, overloaded),
    faultSchema('status', otherStatus, failing),
    faultSchema('delayMs', delayField.schema, delay),
    ...Object.entries(kinds).map(([kind, fields]) => faultSchema('kind', { const: kind }, fields)),
  ];
}

function faultSchema(key: string, schema: JsonSchema, { says, fields, rules }: FaultFields): JsonSchema {
  return objectSchema({ [key]: required(only(schema)), ...fields }, says, rules);
}

function limitSchema(): JsonSchema {
  const amount = number('How many, a positive integer.', {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
  });
  const fields: Fields = {
    requests: amount,
    tokens: amount,
    per: oneOf('In what time.', 'second', 'minute', 'hour', 'day'),
    perMs: number('In what time, in milliseconds.', { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true }),
    models: listOf(
      'Only requests for these models, which share the limit.',
      text('A * stands for any characters.'),
    ),
  };
  return objectSchema(fields, 'A limit that the mock enforces.', {
    allOf: [
      { oneOf: [{ required: ['requests'] }, { required: ['tokens'] }] },
      { oneOf: [{ required: ['per'] }, { required: ['perMs'] }] },
    ],
  });
}
