export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** OTLP's list of keys and typed values as a plain object; a list of values becomes its texts joined by commas. */
export function readAttributes(list: unknown): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  if (!Array.isArray(list)) return attributes;
  for (const { key, value } of list as { key: string; value: unknown }[]) {
    const read = readValue(value);
    if (read !== undefined) attributes[key] = read;
  }
  return attributes;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
  /** A 64-bit integer: OTLP allows both forms. */
  readonly intValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly unknown[] };
}

function readValue(value: unknown): AttributeValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { stringValue, boolValue, doubleValue, intValue, arrayValue } = value as AnyValue;
  if (stringValue !== undefined) return stringValue;
  if (boolValue !== undefined) return boolValue;
  if (doubleValue !== undefined) return doubleValue;
  if (intValue !== undefined) return Number(intValue);
  return arrayValue?.values?.map(readValue).join(',');
}
