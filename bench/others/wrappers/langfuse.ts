import type OpenAI from 'openai';
import { openTelemetrySink } from '../../floor/open-telemetry.ts';
import { installed } from '../install.ts';
import type { Wrapper } from '../wrapper.ts';

export const langfuse: Wrapper = {
  name: 'langfuse',
  packageName: '@langfuse/openai',
  openai: 'openai',
  openTelemetry: true,
  setUp: ({ loadOpenAI, clientOptions }) => {
    const openai = loadOpenAI();
    const sink = openTelemetrySink();
    const { observeOpenAI } = installed<{ observeOpenAI: (openai: OpenAI) => OpenAI }>('@langfuse/openai');
    return { sink, openai: observeOpenAI(new openai.OpenAI(clientOptions)) };
  },
};
