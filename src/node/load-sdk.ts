import { createRequire } from 'node:module';
import path from 'node:path';
import { TelltaleError } from '../errors.ts';

/** The packages that sdk.ts imports. They are optional, because only `start` needs them. */
export const sdkPackages = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-logs',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/exporter-logs-otlp-http',
] as const;

const require = createRequire(import.meta.url);

/**
 * Loads sdk.ts. By `require`, so that `start` can be synchronous and its packages can be missing; it loads the same
 * ES modules as an `import` of the application's would.
 *
 * @throws TelltaleError `missing_package` with the command that installs what is missing.
 */
export function loadSdk(): typeof import('./sdk.ts') {
  try {
    return require(`./sdk${path.extname(import.meta.filename)}`) as typeof import('./sdk.ts');
  } catch (error) {
    const missing = sdkPackages.filter((name) => !isInstalled(name));
    if (missing.length === 0) throw isBundled(error) ? bundledError(error) : error;
    const are = missing.length === 1 ? 'is' : 'are';
    throw new TelltaleError(
      'missing_package',
      `start() needs the OpenTelemetry SDK, of which ${missing.join(', ')} ${are} not installed here. Run: npm install ${missing.join(' ')}`,
      { cause: error },
    );
  }
}

/** A bundler does not follow the `require` above, so what it should load is not beside it. */
function isBundled(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && /['/\\\\]sdk\.?\w*'/.test(message);
}

function bundledError(cause: unknown): TelltaleError {
  return new TelltaleError(
    'missing_package',
    'start() cannot find its own sdk.js, because telltale/node was put into a bundle. Leave `telltale/node` and `@opentelemetry/*` out of the bundle, as external packages, and install them beside it',
    { cause },
  );
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
