import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';

/** The part of an OpenTelemetry logger that both generations of its API have; `enabled` only newer ones. */
export interface LogEmitter {
  emit(record: LogRecord): void;
  enabled?(about: { context: Context; severityNumber?: number; eventName?: string }): boolean;
}

export interface LogRecord {
  readonly eventName: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly context: Context;
}

interface LoggerProvider {
  getLogger(name: string, version: string): LogEmitter;
}

/**
 * Where the registered provider is kept: by `@opentelemetry/api` from 1.10 on (SDK 3), and by `@opentelemetry/api-logs`
 * before (SDK 2). Both places are looked at rather than asked through their packages: the first has no logs in 1.9, and
 * the second need not be installed.
 */
const apiGlobals = Symbol.for('opentelemetry.js.api.1');
const apiLogsGetter = Symbol.for('io.opentelemetry.js.api.logs');
/** What `api-logs` calls its interface, in all of its releases. */
const apiLogsVersion = 1;

type Globals = Partial<{
  readonly [apiGlobals]: { readonly logs?: LoggerProvider };
  readonly [apiLogsGetter]: (version: number) => LoggerProvider | undefined;
}>;

function registeredProvider(): LoggerProvider | undefined {
  const globals = globalThis as Globals;
  return globals[apiGlobals]?.logs ?? globals[apiLogsGetter]?.(apiLogsVersion);
}

/**
 * Gives the logger of the provider that is registered now; undefined where there is none, or where nothing takes its
 * records. `failed` hears of a provider that throws; it is not asked again.
 */
export function currentLogEmitter(
  scope: { name: string; version: string },
  failed: (fault: unknown) => void,
): () => LogEmitter | undefined {
  let provider: LoggerProvider | undefined;
  let emitter: LogEmitter | undefined;
  return () => {
    try {
      const registered = registeredProvider();
      if (registered !== provider) {
        provider = registered;
        emitter = undefined;
        emitter = registered?.getLogger(scope.name, scope.version);
      }
      // In no trace's context, because that of the call is not there yet.
      return emitter?.enabled?.({ context: ROOT_CONTEXT }) === false ? undefined : emitter;
    } catch (fault) {
      failed(fault);
      return undefined;
    }
  };
}
