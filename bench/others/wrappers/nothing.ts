import { openTelemetrySink } from '../../floor/open-telemetry.ts';
import type { Wrapper } from '../wrapper.ts';

/** No wrapper: what is measured for it should be 0, and how far from that it is, is how far to trust the rest. */
export const nothing: Wrapper = {
  name: 'nothing',
  openai: 'openai',
  openTelemetry: true,
  setUp: ({ loadOpenAI, clientOptions }) => ({
    openai: new (loadOpenAI().OpenAI)(clientOptions),
    sink: openTelemetrySink(),
  }),
};
