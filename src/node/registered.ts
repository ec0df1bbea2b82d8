/**
 * What is registered with OpenTelemetry's API under `name`. The API can set these and not tell whether they are set,
 * so this looks where every version 1 of it keeps its globals.
 */
export function registered(name: 'diag' | 'logs'): object | undefined {
  const globals: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  if (typeof globals !== 'object' || globals === null) return undefined;
  const value: unknown = Reflect.get(globals, name);
  return typeof value === 'object' && value !== null ? value : undefined;
}
