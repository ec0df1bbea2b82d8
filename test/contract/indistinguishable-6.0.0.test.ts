import { describeWithoutSdk } from './compare.ts';
import { worldOf } from './worlds.ts';

describeWithoutSdk(worldOf('6.0.0'));
