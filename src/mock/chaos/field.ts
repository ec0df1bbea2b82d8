import {
  checkBoolean,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';

/** A part of a JSON Schema (draft 7). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What one field of an object takes: the same said as a check and as a schema. */
export interface Field {
  readonly required: boolean;
  readonly schema: JsonSchema;
  /** Throws where the value is not what the field takes. */
  check(path: string, value: unknown): void;
}

/** The fields of an object; it takes no others. */
export type Fields = Readonly<Record<string, Field>>;

/** Checks an object by its fields, and gives it back. */
export function checkFields(path: string, value: unknown, fields: Fields): Record<string, unknown> {
  const given = checkObject(path, value, Object.keys(fields));
  for (const [name, field] of Object.entries(fields)) {
    if (given[name] !== undefined || field.required) field.check(`${path}.${name}`, given[name]);
  }
  return given;
}

/** The same as a schema. */
export function objectSchema(fields: Fields, description: string, rules: JsonSchema = {}): JsonSchema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    description,
    properties: Object.fromEntries(names.map((name) => [name, fields[name]?.schema])),
    required: names.filter((name) => fields[name]?.required),
    additionalProperties: false,
    ...rules,
  };
}

/** A field is optional unless it is said to be required. */
export function required(field: Field): Field {
  return { ...field, required: true };
}

interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  readonly default?: number;
}

export function number(description: string, range: Range): Field {
  const { min, max, integer = false } = range;
  return {
    required: false,
    schema: {
      description,
      type: integer ? 'integer' : 'number',
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
      ...(range.default === undefined ? {} : { default: range.default }),
    },
    check(path, value) {
      checkNumber(path, value, {
        integer,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
      });
    },
  };
}

/** More than 0. */
export function positive(description: string): Field {
  return {
    required: false,
    schema: { description, type: 'number', exclusiveMinimum: 0 },
    check(path, value) {
      if (checkNumber(path, value, { min: 0 }) === 0) throw invalidOption(path, 'more than 0', value);
    },
  };
}

/** One number, and no other. */
export function exactly(description: string, only: number): Field {
  return {
    required: false,
    schema: { description, const: only },
    check(path, value) {
      if (value !== only) throw invalidOption(path, String(only), value);
    },
  };
}

export function boolean(description: string): Field {
  return { required: false, schema: { description, type: 'boolean' }, check: checkBoolean };
}

export function text(description: string): Field {
  return { required: false, schema: { description, type: 'string', minLength: 1 }, check: checkString };
}

/** What may stand in an HTTP header: with anything else Node would refuse to send it. */
export function headerText(description: string): Field {
  return {
    required: false,
    schema: { description, type: 'string', pattern: '^[ -~]+$' },
    check(path, value) {
      if (!/^[ -~]+$/.test(checkString(path, value))) {
        throw invalidOption(path, 'printable ASCII, as it goes into a header', value);
      }
    },
  };
}

export function oneOf(description: string, ...allowed: readonly string[]): Field {
  return {
    required: false,
    schema: { description, enum: allowed },
    check(path, value) {
      checkOneOf(path, value, allowed);
    },
  };
}

/** A list of at least one. */
export function listOf(description: string, item: Field): Field {
  return {
    required: false,
    schema: { description, type: 'array', minItems: 1, items: item.schema },
    check(path, value) {
      if (!Array.isArray(value) || value.length === 0) throw invalidOption(path, 'a non-empty array', value);
      for (const [index, each] of value.entries()) item.check(`${path}[${index}]`, each);
    },
  };
}
