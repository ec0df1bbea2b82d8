import { trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { start } from '../../src/node/index.ts';
import { startStandIn } from './stand-in.ts';

test('x', async () => {
  const s = await startStandIn();
  const early = trace.getTracer('early');
  const sdk = start({ endpoint: s.url });
  early.startSpan('a').end();
  await sdk.flush();
  expect(s.spans.map((x) => x.name)).toEqual(['a']);
  await sdk.shutdown();
  await s.close();
});
