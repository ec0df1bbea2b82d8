import { logs, metrics, trace } from '@opentelemetry/api';
import { openTelemetrySink } from '../../floor/open-telemetry.ts';
import { installed, installedVersion } from '../install.ts';
import type { Wrapper } from '../wrapper.ts';

interface Instrumentation {
  setTracerProvider(provider: unknown): void;
  setMeterProvider(provider: unknown): void;
  setLoggerProvider(provider: unknown): void;
  getModuleDefinitions(): readonly { patch?: (exports: unknown, version?: string) => unknown }[];
}

/** The OpenTelemetry project's own, which knows openai up to 6. */
export const opentelemetry: Wrapper = {
  name: 'opentelemetry',
  packageName: '@opentelemetry/instrumentation-openai',
  openai: 'openai-v6',
  openTelemetry: true,
  setUp: ({ loadOpenAI, clientOptions }) => {
    const openai = loadOpenAI();
    const sink = openTelemetrySink();
    const { OpenAIInstrumentation } = installed<{ OpenAIInstrumentation: new () => Instrumentation }>(
      '@opentelemetry/instrumentation-openai',
    );
    const instrumentation = new OpenAIInstrumentation();
    instrumentation.setTracerProvider(trace.getTracerProvider());
    instrumentation.setMeterProvider(metrics.getMeterProvider());
    instrumentation.setLoggerProvider(logs.getLoggerProvider());
    // It waits for a module called `openai`, and this one has another name beside openai 7.
    for (const { patch } of instrumentation.getModuleDefinitions()) {
      patch?.(openai, installedVersion('openai-v6'));
    }
    return { sink, openai: new openai.OpenAI(clientOptions) };
  },
};
