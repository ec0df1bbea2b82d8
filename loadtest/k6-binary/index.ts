import { type FindOptions, findOrGet, image, inTools, onPath, release, type Way } from '../program/find.ts';
import { k6FromGo } from './from-go.ts';
import type { K6 } from './k6.ts';
import { releaseBase, wantedK6 } from './wanted.ts';

export type { FindOptions } from '../program/find.ts';
export { k6Command } from './command.ts';
export type { K6 } from './k6.ts';

/** The ways to a k6, in the order in which they are tried. */
const ways: readonly Way[] = [onPath, inTools, release, { name: 'built with Go', take: k6FromGo }, image];

/**
 * Finds a k6 or gets one, and says which. Where there is none to be had it throws an error that says why and what to
 * install. The variable `K6` is an order: where it is set, nothing else is tried.
 */
export function findOrGetK6(options: FindOptions): Promise<K6> {
  return findOrGet(wantedK6, ways, { downloadBase: releaseBase, ...options });
}
