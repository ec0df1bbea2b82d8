import { worldOf } from '../contract/worlds.ts';
import { describeFuzz } from './fuzz.ts';

describeFuzz(worldOf('6.0.0'));
