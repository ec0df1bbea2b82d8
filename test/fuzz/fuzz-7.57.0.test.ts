import { worldOf } from '../contract/worlds.ts';
import { describeFuzz } from './fuzz.ts';

describeFuzz(worldOf('7.57.0'));
