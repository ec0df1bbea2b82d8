import { observe } from '../../../src/index.ts';
import { openTelemetrySink } from '../../floor/open-telemetry.ts';
import type { Wrapper } from '../wrapper.ts';

export const telltale: Wrapper = {
  name: 'telltale',
  openai: 'openai',
  openTelemetry: true,
  setUp: ({ loadOpenAI, clientOptions }) => ({
    sink: openTelemetrySink(),
    openai: observe(new (loadOpenAI().OpenAI)(clientOptions)),
  }),
};
