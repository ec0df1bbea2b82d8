import { trace } from '@opentelemetry/api';
import { openTelemetrySink } from '../../floor/open-telemetry.ts';
import { installed } from '../install.ts';
import type { Wrapper } from '../wrapper.ts';

interface Instrumentation {
  setTracerProvider(provider: unknown): void;
  manuallyInstrument(openai: unknown): void;
}

/** By itself it finds openai up to 6; told to, it instruments 7 as well. */
export const traceloop: Wrapper = {
  name: 'traceloop',
  packageName: '@traceloop/instrumentation-openai',
  openai: 'openai',
  openTelemetry: true,
  setUp: ({ loadOpenAI, clientOptions }) => {
    const openai = loadOpenAI();
    const sink = openTelemetrySink();
    const { OpenAIInstrumentation } = installed<{ OpenAIInstrumentation: new () => Instrumentation }>(
      '@traceloop/instrumentation-openai',
    );
    const instrumentation = new OpenAIInstrumentation();
    instrumentation.setTracerProvider(trace.getTracerProvider());
    instrumentation.manuallyInstrument(openai.OpenAI);
    return { sink, openai: new openai.OpenAI(clientOptions) };
  },
};
