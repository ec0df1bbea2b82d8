import type { ContractCase } from '../contract-case.ts';
import { aborts } from './aborts.ts';
import { basics } from './basics.ts';
import { clients } from './clients.ts';
import { fetches } from './fetches.ts';
import { helpers } from './helpers.ts';
import { odd } from './odd.ts';
import { raws } from './raw.ts';
import { resources } from './resources.ts';
import { retries } from './retries.ts';
import { streams } from './streams.ts';
import { uploads } from './uploads.ts';

/** Everything that is done with a bare and with an observed client. */
export const cases: readonly ContractCase[] = [
  ...basics,
  ...raws,
  ...retries,
  ...streams,
  ...aborts,
  ...helpers,
  ...uploads,
  ...resources,
  ...clients,
  ...fetches,
  ...odd,
];
