import OpenAI from 'openai';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callWith, observe } from '../../src/index.ts';
import { type Mock, startMock } from '../../src/mock/index.ts';
import { metricTagsOf } from '../../src/observe/metric-tags.ts';
import { registerMetrics } from './support.ts';

const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello?' }] };
let mock: Mock;
let measuring: ReturnType<typeof registerMetrics>;

beforeEach(async () => {
  mock = await startMock({ port: 0, seed: 1, latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  measuring = registerMetrics();
});

afterEach(async () => {
  await measuring.stop();
  await mock.close();
});

async function askWith(metricTags: readonly string[] | undefined): Promise<void> {
  const client = new OpenAI({ apiKey: 'k', baseURL: mock.url });
  const openai = observe(client, metricTags && { metricTags });
  for (const feature of ['search', 'chat', 'search'])
    await callWith({ tags: { feature, customer: 'c-7' } }, () => openai.chat.completions.create(question));
  await openai.chat.completions.create(question);
}

async function costs(): Promise<readonly unknown[]> {
  const points = await measuring.points();
  return points
    .filter(({ name }) => name === 'telltale.cost')
    .map(({ attributes }) => attributes['telltale.tag.feature']);
}

it('are those named alone, each value apart, and calls without one too', async () => {
  await askWith(['feature']);
  expect((await costs()).toSorted()).toEqual(['chat', 'search', undefined]);
  const points = await measuring.points();
  const durations = points.filter(({ name }) => name === 'gen_ai.client.operation.duration');
  const counted = new Map(
    durations.map(({ attributes, value }) => [
      attributes['telltale.tag.feature'],
      (value as { count: number }).count,
    ]),
  );
  expect(counted).toEqual(
    new Map<unknown, number>([
      ['chat', 1],
      ['search', 2],
      [undefined, 1],
    ]),
  );
  expect(JSON.stringify(points)).not.toContain('c-7');
});

it('are none where none is named', async () => {
  await askWith(undefined);
  expect(JSON.stringify(await measuring.points())).not.toContain('telltale.tag');
});

it('count the values past the hundredth of a tag together', () => {
  const pick = metricTagsOf(['id']);
  const seen = Array.from({ length: 150 }, (_, at) => pick({ id: `v${at}` })?.attributes['telltale.tag.id']);
  expect(seen.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, at) => `v${at}`));
  expect(new Set(seen.slice(100))).toEqual(new Set(['_other']));
  expect(pick({ id: 'v7' })?.attributes).toEqual({ 'telltale.tag.id': 'v7' });
});

it('count combinations past the five hundredth together, so that tags cannot multiply without end', () => {
  const pick = metricTagsOf(['a', 'b', 'c']);
  const keys = new Set<string | undefined>();
  for (let a = 0; a < 60; a++)
    for (let b = 0; b < 60; b++) keys.add(pick({ a: `v${a}`, b: `v${b}`, ...(a % 2 && { c: 'c' }) })?.key);
  expect(keys.size).toBe(502);
  expect(pick({ a: 'v59', b: 'v59' })?.attributes).toEqual({
    'telltale.tag.a': '_other',
    'telltale.tag.b': '_other',
  });
  expect(pick({ a: 'v0', b: 'v1' })?.attributes).toEqual({ 'telltale.tag.a': 'v0', 'telltale.tag.b': 'v1' });
});

it('hold no key and no line break', () => {
  const pick = metricTagsOf(['a']);
  for (const _ of [1, 2])
    expect(pick({ a: 'sk-proj-Canary0tag1abcdefghijkl\n' })?.attributes).toEqual({
      'telltale.tag.a': '[redacted api key]\ufffd',
    });
});

it('take nothing from the prototype of tags', () => {
  expect(metricTagsOf(['constructor'])({ feature: 'search' })).toBeUndefined();
});

it.each([
  ['feature', /`options.metricTags` to be a list of at most 5 names of tags, got `"feature"` \(string\)/],
  [['a', 'b', 'c', 'd', 'e', 'f'], /at most 5 names/],
  [['feature', ''], /`options.metricTags\[1\]` to be a non-empty string/],
  [['no spaces'], /`options.metricTags\[0\]` to be a name of 1 to 64 letters/],
])('%j is refused', (metricTags, message) => {
  const client = new OpenAI({ apiKey: 'k', baseURL: mock.url });
  expect(() => observe(client, { metricTags } as never)).toThrow(message);
});
