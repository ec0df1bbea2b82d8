import type { Body } from '../../answer.ts';
import { recordOf } from '../../fields.ts';
import { isEqual, type Schema, schemasOf, typesOf, UnmakeableSchema } from './schema.ts';

/** A schema whose values are those of both. */
export function merged(a: Schema, b: Schema): Schema {
  if (a === true) return b;
  if (b === true) return a;
  if (a === false || b === false) return false;
  const result: Record<string, unknown> = { ...a };
  for (const [keyword, value] of Object.entries(b)) {
    const own = result[keyword];
    if (own === undefined || isEqual(own, value)) result[keyword] = value;
    else result[keyword] = both(keyword, own, value);
  }
  const properties = propertiesOf(a, b);
  return properties ? { ...result, properties } : result;
}

function both(keyword: string, a: unknown, b: unknown): unknown {
  switch (keyword) {
    case 'type':
      return commonTypes(typesOf({ type: a }) ?? [], typesOf({ type: b }) ?? []);
    case 'enum':
      return listOf(a).filter((value) => listOf(b).some((other) => isEqual(value, other)));
    case 'required':
      return [...new Set([...listOf(a), ...listOf(b)])];
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return Math.max(Number(a), Number(b));
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return Math.min(Number(a), Number(b));
    case 'anyOf':
    case 'oneOf':
      return schemasOf(a).flatMap((one) => schemasOf(b).map((other) => ({ allOf: [one, other] })));
    case 'allOf':
      return [...schemasOf(a), ...schemasOf(b)];
    case 'items':
    case 'additionalProperties':
      return a === false || b === false ? false : { allOf: [a, b] };
    case 'uniqueItems':
      return a === true || b === true;
    case 'properties':
      // Put together afterwards, for what one leaves out the other may forbid.
      return a;
    case 'const':
    case 'format':
    case 'multipleOf':
    case 'pattern':
    case 'patternProperties':
    case 'prefixItems':
      throw new UnmakeableSchema(`two different \`${keyword}\` at once`);
    default:
      // Titles, descriptions, definitions: they make no difference to a value.
      return a;
  }
}

function commonTypes(a: readonly string[], b: readonly string[]): readonly string[] {
  const common = a.filter((type) => b.includes(type));
  // An integer is a number.
  const integers = a.includes('integer') || b.includes('integer') ? ['integer'] : [];
  const takesIntegers = [a, b].every((types) => types.includes('integer') || types.includes('number'));
  const types = [...new Set([...common, ...(takesIntegers ? integers : [])])];
  if (types.length === 0) throw new UnmakeableSchema(`no value is both ${a.join('|')} and ${b.join('|')}`);
  return types;
}

function propertiesOf(a: Body, b: Body): Record<string, unknown> | undefined {
  const [ofA, ofB] = [recordOf(a['properties']), recordOf(b['properties'])];
  if (!ofA && !ofB) return undefined;
  const names = new Set([...Object.keys(ofA ?? {}), ...Object.keys(ofB ?? {})]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [one, other] = [propertyOf(a, ofA, name), propertyOf(b, ofB, name)];
      return [name, one === true ? other : other === true ? one : { allOf: [one, other] }];
    }),
  );
}

/** What a schema says of a property, named or not. */
function propertyOf(schema: Body, properties: Body | undefined, name: string): unknown {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return schema['patternProperties'] === undefined ? (schema['additionalProperties'] ?? true) : true;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
