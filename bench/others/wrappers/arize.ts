import { openTelemetrySink } from '../../floor/open-telemetry.ts';
import { installed } from '../install.ts';
import type { Wrapper } from '../wrapper.ts';

interface Instrumentation {
  manuallyInstrument(module: unknown): void;
}

export const arize: Wrapper = {
  name: 'arize openinference',
  packageName: '@arizeai/openinference-instrumentation-openai',
  openai: 'openai',
  openTelemetry: true,
  setUp: ({ loadOpenAI, clientOptions }) => {
    const openai = loadOpenAI();
    const sink = openTelemetrySink();
    const { OpenAIInstrumentation } = installed<{ OpenAIInstrumentation: new () => Instrumentation }>(
      '@arizeai/openinference-instrumentation-openai',
    );
    new OpenAIInstrumentation().manuallyInstrument(openai);
    return { sink, openai: new openai.OpenAI(clientOptions) };
  },
};
