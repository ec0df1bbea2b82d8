/** Values lie in lists and maps no deeper than this; what is deeper is left out, so that a cycle has an end. */
const deepest = 6;

interface KeyValue {
  readonly key: string;
  readonly value: unknown;
}

/** Attributes in OTLP's JSON. */
export function keyValues(attributes: Readonly<Record<string, unknown>>): readonly KeyValue[] {
  return listOf(attributes, 0);
}

function listOf(map: object, depth: number): readonly KeyValue[] {
  return Object.entries(map).map(([key, value]) => ({ key, value: anyValue(value, depth) }));
}

/** OTLP's `AnyValue`; empty for what it has no form for. */
function anyValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return numberValue(value);
  if (typeof value !== 'object' || value === null || depth >= deepest) return {};
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => anyValue(item, depth + 1)) } };
  return { kvlistValue: { values: listOf(value, depth + 1) } };
}

/** JSON has no 64-bit integers and no NaN: both are texts in it. */
function numberValue(value: number): unknown {
  if (Number.isSafeInteger(value)) return { intValue: String(value) };
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
}
