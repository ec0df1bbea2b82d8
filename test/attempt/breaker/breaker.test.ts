import { describe, expect, test } from 'vitest';
import { ask, fail, newWorld, type World } from './world.ts';

/** Open, and long enough ago that somebody may try. */
function openedWorld(): World {
  const world = newWorld();
  fail(world, 20);
  world.clock.advance(1_000);
  return world;
}

describe('a closed breaker', () => {
  test('opens when so large a share of enough attempts is ill', () => {
    const world = newWorld({ failureRate: 0.5, minCalls: 4 });
    ask(world)?.report('good');
    ask(world)?.report('good');
    fail(world, 1);
    expect(world.breaker.state).toBe('closed');
    fail(world, 1);
    expect(world.told).toEqual([
      { from: 'closed', to: 'open', reason: 'failure_rate', retryInMs: 1_000, atMs: 0 },
    ]);
    expect(ask(world)).toBeUndefined();
  });

  test('opens when as many fail in a row, however good the minute before was', () => {
    const world = newWorld({ windowMs: 60_000 });
    for (let call = 0; call < 1_000; call++) ask(world)?.report('good');
    fail(world, 19);
    ask(world)?.report('good');
    fail(world, 19);
    expect(world.breaker.state).toBe('closed');
    fail(world, 1);
    expect(world.told).toMatchObject([{ to: 'open', reason: 'failures_in_a_row' }]);
  });

  test('counts nothing for what says nothing', () => {
    const world = newWorld({ minCalls: 2 });
    for (let call = 0; call < 100; call++) ask(world)?.report('none');
    fail(world, 1);
    expect(world.breaker.state).toBe('closed');
    expect(world.breaker.figures).toEqual({ good: 0, ill: 1, illInRow: 1 });
  });

  test('forgets what is older than its window, also where nobody came meanwhile', () => {
    const world = newWorld();
    fail(world, 19);
    world.clock.advance(30_000);
    expect(world.breaker.figures).toEqual({ good: 0, ill: 0, illInRow: 0 });
    fail(world, 19);
    expect(world.breaker.state).toBe('closed');
    world.clock.advance(3_600_000);
    fail(world, 19);
    expect(world.breaker.state).toBe('closed');
    fail(world, 1);
    expect(world.breaker.state).toBe('open');
  });

  test('counts a report once', () => {
    const world = newWorld({ minCalls: 2 });
    const ticket = ask(world);
    ticket?.report('ill');
    ticket?.report('ill');
    expect(world.breaker.state).toBe('closed');
  });
});

describe('an open breaker', () => {
  test('says when to come again, and lets one try then', () => {
    const world = newWorld({ openMs: 4_000 });
    fail(world, 20);
    world.clock.advance(1_500);
    expect(world.breaker.admit()).toEqual({ retryInMs: 2_500 });
    expect(world.breaker.retryInMs).toBe(2_500);
    world.clock.advance(2_499);
    expect(ask(world)).toBeUndefined();
    world.clock.advance(1);
    expect(ask(world)).toBeDefined();
    expect(ask(world)).toBeUndefined();
    expect(world.breaker.state).toBe('half_open');
  });

  test('stays open from half of its time to the whole, by chance', () => {
    const world = newWorld({ openMs: 4_000 });
    world.chance.next = 0;
    fail(world, 20);
    expect(world.told).toMatchObject([{ retryInMs: 2_000 }]);
  });

  test('doubles its time with each probe that fails, up to the longest, and begins anew once it was closed', () => {
    const world = openedWorld();
    for (const expected of [2_000, 4_000, 5_000, 5_000]) {
      ask(world)?.report('ill');
      expect(world.told.at(-1)).toMatchObject({
        from: 'half_open',
        to: 'open',
        reason: 'probe_failed',
        retryInMs: expected,
      });
      world.clock.advance(expected);
    }
    for (let call = 0; call < 7; call++) ask(world)?.report('good');
    expect(world.told.at(-1)).toMatchObject({ from: 'half_open', to: 'closed', reason: 'recovered' });
    fail(world, 20);
    expect(world.told.at(-1)).toMatchObject({ to: 'open', retryInMs: 1_000 });
  });

  test('hears nothing of attempts that went before it opened', () => {
    const world = newWorld();
    const [early, late, later] = [ask(world), ask(world), ask(world)];
    fail(world, 20);
    expect(early?.isValid).toBe(false);
    early?.report('good');
    expect(world.breaker.state).toBe('open');
    world.clock.advance(1_000);
    const probe = ask(world);
    late?.report('ill');
    expect(world.breaker.state).toBe('half_open');
    expect(ask(world)).toBeUndefined();
    probe?.report('good');
    for (let call = 0; call < 6; call++) ask(world)?.report('good');
    expect(world.breaker.state).toBe('closed');
    later?.report('ill');
    expect(world.breaker.figures).toEqual({ good: 0, ill: 0, illInRow: 0 });
  });
});

describe('a half open breaker', () => {
  /** How many of so many that ask at once may go, while none of them reports. */
  function admitted(world: World, asking: number): number {
    let count = 0;
    for (let call = 0; call < asking; call++) if (ask(world)) count++;
    return count;
  }

  test('closes step by step: one, then a tenth, then half, then all', () => {
    const world = openedWorld();
    const first = ask(world);
    expect(admitted(world, 100)).toBe(0);
    first?.report('good');
    expect(admitted(world, 100)).toBe(10);
    world.clock.advance(5_000);
    for (let call = 0; call < 2; call++) ask(world)?.report('good');
    expect(admitted(world, 100)).toBe(50);
    world.clock.advance(5_000);
    for (let call = 0; call < 4; call++) ask(world)?.report('good');
    expect(world.breaker.state).toBe('closed');
    expect(admitted(world, 100)).toBe(100);
  });

  test('never refuses whoever comes alone', () => {
    const world = openedWorld();
    for (let call = 0; call < 7; call++) {
      const ticket = ask(world);
      expect(ticket).toBeDefined();
      ticket?.report('good');
    }
    expect(world.breaker.state).toBe('closed');
  });

  test('opens again with the first that is ill, and forgets the others that are under way', () => {
    const world = openedWorld();
    ask(world)?.report('good');
    const underWay = [];
    for (let call = 0; call < 100; call++) underWay.push(ask(world));
    const went = underWay.filter((ticket) => ticket !== undefined);
    went[0]?.report('ill');
    expect(world.breaker.state).toBe('open');
    for (const ticket of went) ticket.report('good');
    expect(world.told.map(({ reason }) => reason)).toEqual(['failure_rate', 'probing', 'probe_failed']);
  });

  test('lets the next one try when a probe says nothing of the provider', () => {
    const world = openedWorld();
    ask(world)?.report('none');
    expect(ask(world)).toBeDefined();
    expect(ask(world)).toBeUndefined();
  });

  test('gives up a probe that never reports, and believes it all the same should it report after all', () => {
    const world = openedWorld();
    const lost = ask(world);
    world.clock.advance(4_000);
    expect(world.breaker.admit()).toEqual({ retryInMs: 1_000 });
    world.clock.advance(1_000);
    expect(ask(world)).toBeDefined();
    expect(ask(world)).toBeUndefined();
    lost?.report('good');
    // The second probe is still under way, and a tenth of those that asked is none yet.
    expect(admitted(world, 10)).toBe(1);
  });
});
