import { describeWithSdk } from './compare.ts';
import { worldOf } from './worlds.ts';

describeWithSdk(worldOf('6.0.0'));
