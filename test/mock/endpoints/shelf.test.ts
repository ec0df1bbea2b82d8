import { expect, test } from 'vitest';
import { Shelf, shelfOf } from '../../../src/mock/endpoints/shelf.ts';
import { worldForTest } from './world.ts';

test('a shelf holds so much, and forgets what was made first, with all that stands under it', () => {
  const shelf = new Shelf(worldForTest());
  shelf.set('/vaults/first', { id: 'first' });
  shelf.set('/vaults/first/credentials/a', { id: 'a' });
  for (let n = 0; n < 9_998; n++) shelf.set(`/vaults/${n}`, { id: `${n}` });
  expect(shelf.get('/vaults/first')).toBeDefined();
  shelf.set('/vaults/last', { id: 'last' });
  expect(shelf.get('/vaults/first')).toBeUndefined();
  expect(shelf.get('/vaults/first/credentials/a')).toBeUndefined();
  expect(shelf.list('/vaults')).toHaveLength(9_999);
});

test('a list has what stands right under its path, in the order in which it was made', () => {
  const shelf = shelfOf(worldForTest());
  for (const path of ['/a/2', '/a/1', '/a/1/b/3', '/ab/4']) shelf.set(path, { id: path });
  shelf.set('/a/2', { id: 'changed' });
  expect(shelf.list('/a').map(({ id }) => id)).toEqual(['changed', '/a/1']);
});
