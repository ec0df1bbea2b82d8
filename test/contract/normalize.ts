import { inspect } from 'node:util';

/** Text without what differs from run to run: ports, log ids, durations, dates, boundaries, random keys. */
export function plainText(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/log_[0-9a-f]{6}/g, 'log_ID')
    .replace(/in \d+ms/g, 'in Nms')
    .replace(/durationMs: \d+/g, 'durationMs: N')
    .replace(/date'?: '[^']*'/g, "date: 'DATE'")
    .replace(/'date', '[^']*'/g, "'date', 'DATE'")
    .replace(/^\s+at .*\n?/gm, '')
    .replace(/-+formdata-undici-\d+/g, 'BOUNDARY')
    .replace(/stainless-node-retry-[0-9a-f-]{36}/g, 'IDEMPOTENCY-KEY')
    .replace(/\bopenai-[0-9a-z]{8,14}\b/g, 'BOUNDARY')
    .replace(/lastModified: \d+/g, 'lastModified: N')
    .replace(/-{20,}\w+/g, 'BOUNDARY')
    .replace(/port: \d+/g, 'port: PORT');
}

/** A value as text in which equal things look equal. */
export function portrait(value: unknown): string {
  return plainText(inspect(value, { depth: 8, maxArrayLength: 200, breakLength: 110 }));
}

/** All that a caller can tell of an error, its class's identity included. */
export function errorPortrait(error: unknown, client: object, depth = 0): unknown {
  if (!(error instanceof Error)) return { thrown: portrait(error) };
  const statics = client.constructor as unknown as Record<string, unknown>;
  const classes: string[] = [];
  // Inherited statics count too: the constructor may be that of a subclass.
  for (const name in statics) {
    const value = statics[name];
    if (isErrorClass(value) && error instanceof value) classes.push(name);
  }
  const own = Object.fromEntries(
    Object.entries(error).map(([name, value]) => [
      name,
      value instanceof Headers ? portrait([...value]) : portrait(value),
    ]),
  );
  return {
    className: error.constructor.name,
    name: error.name,
    message: plainText(error.message),
    instanceOf: classes.sort(),
    own: depth === 0 ? own : undefined,
    cause: error.cause === undefined || depth > 2 ? undefined : errorPortrait(error.cause, client, depth + 1),
  };
}

function isErrorClass(value: unknown): value is typeof Error {
  return typeof value === 'function' && value.prototype instanceof Error;
}
