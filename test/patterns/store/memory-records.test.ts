import { expect, it } from 'vitest';
import { memoryRecords } from '../../../src/patterns/index.ts';

it('gives a hold to those who wait, in order, and to no two at once', async () => {
  const store = memoryRecords();
  const told: string[] = [];
  const work = async (name: string): Promise<void> => {
    const hold = await store.hold('a');
    told.push(`${name} in`);
    await Promise.resolve();
    told.push(`${name} out`);
    await hold.release();
    await hold.release();
  };
  await Promise.all(['1', '2', '3'].map(work));
  expect(told).toEqual(['1 in', '1 out', '2 in', '2 out', '3 in', '3 out']);
});
