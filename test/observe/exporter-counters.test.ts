import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { observe } from '../../src/index.ts';
import { startMock } from '../../src/mock/index.ts';
import { watchExporters } from '../../src/node/index.ts';
import { registerMetrics } from './support.ts';

it('exports that fail, and what was lost in them, are counted once for all clients that tell of them', async () => {
  const mock = await startMock({ port: 0, seed: 1, latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  const measuring = registerMetrics();
  const exporter = watchExporters();
  let code = 1;
  const spans = exporter.watch('traces', {
    export: (_items: unknown[], done: (result: { code: number }) => void) => done({ code }),
  });
  for (let client = 0; client < 2; client++) {
    const openai = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }), { exporter });
    await openai.models.list();
  }
  const counted = async (): Promise<unknown[]> =>
    (await measuring.points())
      .filter(({ name }) => name.startsWith('telltale.exporter.'))
      .map(({ name, value, attributes }) => [name, attributes['telltale.exporter.signal'], value]);
  // Of metrics and logs nobody tells.
  expect(await counted()).toEqual([
    ['telltale.exporter.failures', 'traces', 0],
    ['telltale.exporter.dropped', 'traces', 0],
  ]);
  spans.export([1, 2, 3], () => {});
  code = 0;
  spans.export([4], () => {});
  expect(await counted()).toEqual([
    ['telltale.exporter.failures', 'traces', 1],
    ['telltale.exporter.dropped', 'traces', 3],
  ]);
  await measuring.stop();
  await mock.close();
});
