import { expect, test } from 'vitest';
import { isReachable } from '../../src/node/reachable.ts';
import { startStandIn } from './stand-in.ts';

test('somebody who listens is reachable, and nobody is not', async () => {
  const standIn = await startStandIn();
  expect(await isReachable(`${standIn.url}/v1/traces`, 5_000)).toBe(true);
  await standIn.close();
  expect(await isReachable(`${standIn.url}/v1/traces`, 5_000)).toBe(false);
});
