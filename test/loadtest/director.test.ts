import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Director } from '../../loadtest/director.ts';
import type { StageAct, StageEvent } from '../../loadtest/scenarios/scenario.ts';

const plan: readonly StageEvent[] = [
  { atShare: 1 / 4, kind: 'receiver-down' },
  { atShare: 3 / 4, kind: 'receiver-up' },
];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what is done to the stage', () => {
  it('is done at its part of the run, and noted with its time', async () => {
    const acts: StageAct[] = [];
    const director = new Director({ act: async (act) => void acts.push(act) }, plan, 8_000);
    director.start();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(acts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(acts).toEqual([{ kind: 'receiver-down' }]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(director.events).toEqual([
      { kind: 'receiver-down', atMs: 2_000 },
      { kind: 'receiver-up', atMs: 6_000 },
    ]);
  });

  it('is not done once the run is over', async () => {
    const acts: StageAct[] = [];
    const director = new Director({ act: async (act) => void acts.push(act) }, plan, 8_000);
    director.start();
    await vi.advanceTimersByTimeAsync(2_000);
    await director.stop();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(acts).toEqual([{ kind: 'receiver-down' }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is waited for when it is under way at the end', async () => {
    let finish = (): void => {};
    const act = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const director = new Director({ act }, plan, 8_000);
    director.start();
    await vi.advanceTimersByTimeAsync(2_000);
    let isStopped = false;
    const stopping = director.stop().then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(isStopped).toBe(false);
    finish();
    await stopping;
    expect(director.events).toHaveLength(1);
  });

  it('cuts the run short when it fails, in a sentence', async () => {
    const act = async () => {
      throw new Error('the port is taken');
    };
    const director = new Director({ act }, plan, 8_000);
    director.start();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await director.failed).toBe('`receiver-down` failed: Error: the port is taken');
    expect(director.events).toEqual([]);
  });
});
