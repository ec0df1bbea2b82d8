/** OpenTelemetry's own default. */
const mostAttributes = 128;
const longestText = 32_768;
const longestList = 1_000;

/** The attributes of a span, an event or a link, within bounds. What has no place is counted. */
export class KeptAttributes {
  readonly values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  #count = 0;
  #dropped = 0;

  constructor(attributes: Readonly<Record<string, unknown>> = {}) {
    this.setAll(attributes);
  }

  get dropped(): number {
    return this.#dropped;
  }

  setAll(attributes: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(attributes)) this.set(key, value);
  }

  /** Nothing is changed by undefined or null. */
  set(key: string, value: unknown): void {
    if (value === undefined || value === null) return;
    const kept = keptValue(value);
    const isNew = !(key in this.values);
    if (key === '' || kept === undefined || (isNew && this.#count >= mostAttributes)) {
      this.#dropped++;
      return;
    }
    if (isNew) this.#count++;
    this.values[key] = kept;
  }
}

/** A copy, since lists may be changed later; undefined for what is no attribute: those are texts, numbers, yes or no, and lists of them. */
function keptValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.slice(0, longestList).map(keptPrimitive);
    return items.includes(undefined) ? undefined : items;
  }
  return keptPrimitive(value);
}

function keptPrimitive(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, longestText);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
