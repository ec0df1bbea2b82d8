import { describeWithSdk } from './compare.ts';
import { worlds } from './worlds.ts';

for (const world of worlds) describeWithSdk(world, { content: 'redacted' });
