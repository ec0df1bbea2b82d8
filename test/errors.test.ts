import { expect, it } from 'vitest';
import { TelltaleError } from '../src/errors.ts';

it('an error has the fields that there is something to say in, and no others', () => {
  const error = new TelltaleError('queue_full', 'Too many wait.', { limit: 'tokens/minute' });
  expect(Object.keys(error).sort()).toEqual(['code', 'limit', 'name']);
  expect('cause' in error).toBe(false);
});
