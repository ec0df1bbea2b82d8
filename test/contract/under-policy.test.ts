import { expect } from 'vitest';
import { cases } from './cases/index.ts';
import { type Difference, describeUnderPolicy } from './compare.ts';
import { bad, ok } from './contract-case.ts';
import { worlds } from './worlds.ts';

const all = worlds.map(({ version }) => version);

/** All that a policy does otherwise than the client's own three attempts. Each is promised in docs/resilience.md. */
const differences: Readonly<Record<string, Difference>> = {
  'a 429 for want of quota': {
    versions: all,
    because: 'only money ends it, so it is not asked again',
    requests: 1,
    calls: [bad('insufficient_quota', 429)],
  },
  'a stream without a byte': {
    versions: all,
    because:
      'nothing could be seen of it yet, so it is asked for again, and the last failure is the one that is told',
    requests: 2,
    calls: [bad('_OTHER', 200, 418)],
    result: [expect.objectContaining({ message: '418 more requests than the script has' })],
  },
  'a one-shot streaming body that meets a 503': {
    versions: ['6.0.0'],
    because: 'it can be read only once: this version sends nothing in its place, as later ones do not',
    requests: 1,
    calls: [bad('overloaded', 503)],
  },
  'a one-shot ReadableStream whose connection is reset': {
    versions: ['6.0.0'],
    because:
      'it can be read only once, so the error is that of the connection and not of a body that is used up',
    requests: 1,
    calls: [bad('connection_error', 'connection_error')],
    error: expect.objectContaining({
      className: 'APIConnectionError',
      message: 'Connection error.',
      cause: expect.objectContaining({ message: 'fetch failed' }),
    }),
  },
  'Azure with withOptions()': {
    versions: ['7.57.0'],
    because:
      'the number of retries of a clone may only make them fewer, so the log tells of fewer that are left',
    requests: 2,
    calls: [ok(503, 200)],
  },
};

for (const name of Object.keys(differences))
  if (!cases.some((one) => one.name === name)) throw new Error(`There is no case '${name}'`);

for (const world of worlds) describeUnderPolicy(world, differences);
