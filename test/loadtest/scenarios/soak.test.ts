import { describe, expect, it } from 'vitest';
import type { GatewaySample } from '../../../loadtest/gateway/settings.ts';
import { soak } from '../../../loadtest/scenarios/soak.ts';
import { joined, judged, unmet } from './judged.ts';

const mebibyte = 2 ** 20;

function broken(sampleOf: (index: number) => Partial<GatewaySample>, count = 40): string[] {
  const samples = Array.from({ length: count }, (_, index) => ({
    atEpochMs: index,
    heapBytes: 100 * mebibyte,
    rssBytes: 200 * mebibyte,
    handles: 100,
    ...sampleOf(index),
  }));
  return unmet(judged(soak, joined({}), { samples }));
}

const heap = 'live heap of the gateway, last quarter';
const rss = 'its resident memory, last quarter';
const handles = 'its open handles, last quarter';

describe('a gateway that runs for long', () => {
  it('may warm up, and may have a burst', () => {
    expect(broken((index) => ({ heapBytes: (index < 10 ? 30 : 100) * mebibyte }))).toEqual([]);
    expect(broken((index) => (index === 35 ? { heapBytes: 500 * mebibyte, handles: 900 } : {}))).toEqual([]);
  });

  it('must not grow by more than a tenth from its second quarter to its last', () => {
    expect(broken((index) => ({ heapBytes: (index < 30 ? 100 : 110) * mebibyte }))).toEqual([]);
    expect(broken((index) => ({ heapBytes: (index < 30 ? 100 : 110.1) * mebibyte }))).toEqual([heap]);
    expect(broken((index) => ({ heapBytes: (50 + index) * mebibyte }))).toEqual([heap]);
  });

  it('may have the noise of what is in flight, however small it is', () => {
    expect(
      broken((index) => ({ heapBytes: (index < 30 ? 10 : 14) * mebibyte, handles: index < 30 ? 5 : 25 })),
    ).toEqual([]);
  });

  it('must not grow by more than a quarter outside of the heap', () => {
    expect(broken((index) => ({ rssBytes: (index < 30 ? 200 : 250) * mebibyte }))).toEqual([]);
    expect(broken((index) => ({ rssBytes: (index < 30 ? 200 : 251) * mebibyte }))).toEqual([rss]);
  });

  it('must not gather handles', () => {
    expect(broken((index) => ({ handles: index < 30 ? 100 : 125 }))).toEqual([]);
    expect(broken((index) => ({ handles: index < 30 ? 100 : 126 }))).toEqual([handles]);
  });

  it('must have been measured', () => {
    expect(broken(() => ({}), 0)).toEqual([heap, rss, handles]);
    expect(broken(() => ({}), 3)).toEqual([heap, rss, handles]);
  });
});
