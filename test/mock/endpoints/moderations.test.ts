import { expect, test } from 'vitest';
import { clients } from '../support.ts';
import { clientForTest } from './client.ts';

test.each(clients)('openai $version gets flagged what says that it is to be', async ({ Client }) => {
  const { openai } = await clientForTest({}, Client);
  const input = ['Hello there', 'Now [flag:violence] and [flag:self-harm/intent]', '[flag:nothing-known]'];
  const { model, results } = await openai.moderations.create({ input });
  expect(model).toBe('omni-moderation-latest');
  expect(results.map(({ flagged }) => flagged)).toEqual([false, true, false]);
  const { categories, category_scores, category_applied_input_types } =
    results[1] ?? results[0] ?? expect.fail();
  const flagged = Object.entries(categories).filter(([, value]) => value);
  expect(flagged.map(([name]) => name).toSorted()).toEqual(['self-harm/intent', 'violence']);
  for (const [name, score] of Object.entries(category_scores)) {
    if (flagged.some(([other]) => other === name)) expect(score).toBeGreaterThan(0.5);
    else expect(score).toBeLessThan(0.5);
  }
  expect(category_applied_input_types.violence).toEqual(['text']);
  const names = Object.keys(categories).toSorted();
  expect(names).toHaveLength(13);
  expect(Object.keys(category_scores).toSorted()).toEqual(names);
});

test('the parts of a multimodal input are judged together, pictures by some categories only', async () => {
  const { openai } = await clientForTest();
  const picture = (flag: string) => ({
    type: 'image_url' as const,
    image_url: { url: `https://x.test/flag:${flag}.png` },
  });
  const judged = async (flag: string) => {
    const input = [{ type: 'text' as const, text: 'Look' }, picture(flag)];
    return (await openai.moderations.create({ input })).results;
  };
  const results = [...(await judged('violence')), ...(await judged('hate'))];
  expect(results.map(({ flagged }) => flagged)).toEqual([true, false]);
  expect(results[0]?.category_applied_input_types).toMatchObject({
    violence: ['text', 'image'],
    hate: ['text'],
  });
  const two = openai.moderations.create({ input: [picture('hate'), picture('hate')] });
  await expect(two).rejects.toMatchObject({ status: 400, code: 'too_many_images' });
});

test('the same text under the same seed has the same scores', async () => {
  const judged = async (seed: number) => {
    const { openai } = await clientForTest({ seed });
    return (await openai.moderations.create({ input: 'Hello' })).results;
  };
  expect(await judged(1)).toEqual(await judged(1));
  expect(await judged(1)).not.toEqual(await judged(2));
});

test.each([
  [{}],
  [{ input: 5 }],
  [{ input: [] }],
  [{ input: [{ type: 'text' }] }],
  [{ input: 'a', model: 1 }],
])('%j is refused', async (body) => {
  const { openai } = await clientForTest();
  await expect(openai.moderations.create(body as never)).rejects.toMatchObject({ status: 400 });
});
