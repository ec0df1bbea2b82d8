import { describeWithoutSdk } from './compare.ts';
import { worldOf } from './worlds.ts';

describeWithoutSdk(worldOf('7.57.0'));
