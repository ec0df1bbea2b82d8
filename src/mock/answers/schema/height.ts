import { recordOf } from '../../fields.ts';
import { referred, type Schema, schemaOf, schemasOf, typesOf } from './schema.ts';

/** How deep the least deep value of a schema nests: 0 for a scalar; infinite where every value would be endless. */
export type HeightOf = (schema: Schema) => number;

/** Heights of everything in `root`, by repetition until none falls any more: what refers to itself starts as endless. */
export function heightsIn(root: Schema): HeightOf {
  const known = new Map<Schema, number>();
  const schemas = collected(root);
  for (let changed = true; changed; ) {
    changed = false;
    for (const schema of schemas) {
      const height = computed(schema, root, heightOf);
      if (height >= (known.get(schema) ?? Number.POSITIVE_INFINITY)) continue;
      known.set(schema, height);
      changed = true;
    }
  }
  function heightOf(schema: Schema): number {
    if (typeof schema === 'boolean') return schema ? 0 : Number.POSITIVE_INFINITY;
    return known.get(schema) ?? Number.POSITIVE_INFINITY;
  }
  // What was merged on the way is not in `root`; its parts are.
  return (schema) => (known.has(schema) ? heightOf(schema) : computed(schema, root, heightOf));
}

function computed(schema: Schema, root: Schema, heightOf: HeightOf): number {
  if (typeof schema === 'boolean') return schema ? 0 : Number.POSITIVE_INFINITY;
  const reference = schema['$ref'];
  const [anyOf, oneOf] = [schemasOf(schema['anyOf']), schemasOf(schema['oneOf'])];
  return Math.max(
    ownHeight(schema, heightOf),
    typeof reference === 'string' ? heightOf(referred(root, reference)) : 0,
    ...schemasOf(schema['allOf']).map(heightOf),
    anyOf.length > 0 ? Math.min(...anyOf.map(heightOf)) : 0,
    oneOf.length > 0 ? Math.min(...oneOf.map(heightOf)) : 0,
  );
}

function ownHeight(schema: Exclude<Schema, boolean>, heightOf: HeightOf): number {
  if ('const' in schema || 'enum' in schema) return 0;
  const types = typesOf(schema);
  if (types?.some((type) => type !== 'object' && type !== 'array')) return 0;
  const heights: number[] = [];
  if (types?.includes('object') ?? recordOf(schema['properties'])) {
    const properties = recordOf(schema['properties']) ?? {};
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    const needed = required
      .filter((name) => Object.hasOwn(properties, name))
      .map((name) => heightOf(schemaOf(properties[name])));
    heights.push(1 + Math.max(0, ...needed));
  }
  if (types?.includes('array') ?? schema['items'] !== undefined) {
    const items = schema['items'];
    const needsOne = Number(schema['minItems'] ?? 0) > 0 && items !== undefined;
    heights.push(1 + (needsOne ? heightOf(schemaOf(items)) : 0));
  }
  return heights.length === 0 ? 0 : Math.min(...heights);
}

/** Every schema that `root` holds, wherever in it: that some are no schemas costs nothing. */
function collected(root: Schema): readonly Schema[] {
  const found = new Set<Schema>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null || found.has(value as Schema)) continue;
    if (!Array.isArray(value)) found.add(value as Schema);
    open.push(...Object.values(value));
  }
  return [...found];
}
