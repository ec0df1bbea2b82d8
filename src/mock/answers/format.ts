import type { Body, Refusal } from '../answer.ts';
import { missing, refuse, wrongType } from '../error-bodies.ts';
import { optional, recordOf } from '../fields.ts';
import { sequence } from '../seeded.ts';
import { RequestRefused } from './request-refused.ts';
import { UnmakeableSchema } from './schema/schema.ts';
import { valueFor } from './schema/value.ts';

/** JSON that a request wants for an answer. */
export interface JsonFormat {
  readonly name: string;
  readonly schema: unknown;
  /** Where in the request the schema stands. */
  readonly param: string;
}

/** Any object, for the type `json_object`. */
const anyObject = { type: 'object', additionalProperties: { type: 'string' } };

/** Chat's `response_format`; undefined for text. */
export function chatFormatOf(body: Body): JsonFormat | undefined {
  const format = recordOf(body['response_format']);
  const named = recordOf(format?.['json_schema']);
  return formatOf(format, named, 'response_format');
}

/** Responses' `text.format`; undefined for text. */
export function responseFormatOf(body: Body): JsonFormat | undefined {
  const format = recordOf(recordOf(body['text'])?.['format']);
  return formatOf(format, format, 'text.format');
}

function formatOf(format: Body | undefined, named: Body | undefined, param: string): JsonFormat | undefined {
  switch (format?.['type']) {
    case 'json_object':
      return { name: 'json_object', schema: anyObject, param };
    case 'json_schema':
      return { name: String(named?.['name'] ?? ''), schema: named?.['schema'], param };
    default:
      return undefined;
  }
}

export function chatFormatProblem(body: Body): Refusal | undefined {
  const format = optional(body, 'response_format');
  if (format === undefined) return undefined;
  const named = recordOf(recordOf(format)?.['json_schema']);
  return formatProblem(format, named, { param: 'response_format', schemaAt: 'response_format.json_schema' });
}

export function responseFormatProblem(body: Body): Refusal | undefined {
  const text = optional(body, 'text');
  if (text === undefined) return undefined;
  if (!recordOf(text)) return wrongType('text', 'an object', text);
  const format = recordOf(text)?.['format'];
  if (format === undefined) return undefined;
  return formatProblem(format, recordOf(format), { param: 'text.format', schemaAt: 'text.format' });
}

function formatProblem(
  format: unknown,
  named: Body | undefined,
  { param, schemaAt }: { param: string; schemaAt: string },
): Refusal | undefined {
  const record = recordOf(format);
  if (!record) return wrongType(param, 'an object', format);
  const { type } = record;
  if (type === 'text' || type === 'json_object') return undefined;
  if (type !== 'json_schema') {
    const message = `Invalid value: '${String(type)}'. Supported values are: 'json_object', 'json_schema', and 'text'.`;
    return refuse(400, message, `${param}.type`, 'invalid_value');
  }
  if (typeof named?.['name'] !== 'string') return missing(`${schemaAt}.name`);
  if (named['schema'] === undefined) return missing(`${schemaAt}.schema`);
  return recordOf(named['schema'])
    ? undefined
    : wrongType(`${schemaAt}.schema`, 'an object', named['schema']);
}

/** A JSON text that is valid by the format, as a function of the seed and of `about`. */
export function jsonFor({ name, schema, param }: JsonFormat, seed: number, about: string): string {
  try {
    return JSON.stringify(valueFor(schema, sequence(seed, `json ${about}`)));
  } catch (error) {
    if (!(error instanceof UnmakeableSchema)) throw error;
    throw new RequestRefused(
      refuse(
        400,
        `Invalid schema for response_format '${name}': this mock provider cannot make a value for it: ${error.message}.`,
        param,
        'invalid_json_schema',
      ),
    );
  }
}
