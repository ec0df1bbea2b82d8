import { describeWithSdk } from './compare.ts';
import { worldOf } from './worlds.ts';

describeWithSdk(worldOf('7.57.0'));
