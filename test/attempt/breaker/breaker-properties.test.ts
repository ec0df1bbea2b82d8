import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BreakerTicket, Finding } from '../../../src/attempt/breaker/breaker.ts';
import type { BreakerOptions } from '../../../src/attempt/breaker/breaker-options.ts';
import { ask, newWorld, type World } from './world.ts';

const options = fc.record({
  failureRate: fc.constantFrom(0.25, 0.5, 0.8, 1),
  minCalls: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.constantFrom(1_000, 10_000),
  openMs: fc.constantFrom(100, 1_000),
  maxOpenMs: fc.constantFrom(1_000, 5_000),
});

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant('ask' as const), times: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('call' as const),
      times: fc.integer({ min: 1, max: 10 }),
      finding: fc.constantFrom<Finding>('good', 'good', 'ill', 'none'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('report' as const),
      which: fc.nat(),
      finding: fc.constantFrom<Finding>('good', 'good', 'ill', 'none'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 20_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('draw' as const), next: fc.constantFrom(0, 0.4, 0.99) }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Many begin where chance seldom comes: opened, and then so many that were well. */
const operations = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.array(operation, { maxLength: 80 }))
  .map(([goods, all]): readonly Operation[] => {
    if (goods === 9) return all;
    return [
      { does: 'call', times: 8, finding: 'ill' },
      { does: 'pass', ms: 5_000 },
      { does: 'call', times: goods, finding: 'good' },
      ...all,
    ];
  });

/** One attempt that asked, and all that is known of it. */
interface Asked {
  readonly atMs: number;
  readonly ticket: BreakerTicket | undefined;
  /** How many changes of state had been told when it was answered. */
  readonly changes: number;
  /** Its place, and that of its report, among all that happened: much of it happens at one time. */
  readonly place: number;
  reportPlace?: number;
  reportedMs?: number;
  finding?: Finding;
  /** Whether its report changed the state, and whether the breaker had opened between its leave and its report. */
  changed?: boolean;
  isLate?: boolean;
}

function perform(world: World, all: readonly Operation[], each: (asked: Asked) => void = () => {}): Asked[] {
  const log: Asked[] = [];
  let place = 0;
  const go = (): Asked => {
    const ticket = ask(world);
    const asked: Asked = { atMs: world.clock.nowMs(), ticket, changes: world.told.length, place: ++place };
    log.push(asked);
    each(asked);
    return asked;
  };
  const report = (asked: Asked | undefined, finding: Finding): void => {
    if (!asked?.ticket) return;
    asked.finding = finding;
    asked.reportedMs = world.clock.nowMs();
    asked.reportPlace = ++place;
    const before = world.told.length;
    asked.isLate = world.told.slice(asked.changes).some(({ to }) => to === 'open');
    asked.ticket.report(finding);
    asked.changed = world.told.length > before;
  };
  for (const one of all) {
    if (one.does === 'pass') world.clock.advance(one.ms);
    if (one.does === 'draw') world.chance.next = one.next;
    if (one.does === 'ask') for (let time = 0; time < one.times; time++) go();
    if (one.does === 'call') for (let time = 0; time < one.times; time++) report(go(), one.finding);
    if (one.does === 'report') {
      const out = log.filter(({ ticket, finding }) => ticket && finding === undefined);
      report(out[one.which % out.length], one.finding);
    }
  }
  return log;
}

/**
 * The same breaker, written for nothing but to be plain: it keeps all that ever happened, and goes through all of it
 * each time.
 */
class PlainBreaker {
  state: 'closed' | 'open' | 'half_open' = 'closed';
  #results: { atMs: number; finding: Finding }[] = [];
  #round = 0;
  #openedInARow = 0;
  #untilMs = 0;
  /** Since it became half open: those that asked, in order; `step` is the step in which they did. */
  #tries: { id: number; atMs: number; step: number; went: boolean; isProbe: boolean; isBack: boolean }[] = [];
  #goods = 0;
  #ids = 0;
  readonly #options: Required<BreakerOptions>;

  constructor(given: Required<BreakerOptions>) {
    this.#options = given;
  }

  ask(nowMs: number): { round: number; id: number } | undefined {
    this.tick(nowMs);
    const ticket = { round: this.#round, id: ++this.#ids };
    if (this.state === 'closed') return ticket;
    if (this.state === 'open') return undefined;
    const step = this.#goods < 1 ? 0 : this.#goods < 3 ? 1 : 2;
    const probe = this.#tries.findLast(({ isProbe }) => isProbe);
    const isProbe = !probe || probe.isBack || nowMs >= probe.atMs + this.#options.maxOpenMs;
    const tries = this.#tries.filter((one) => one.step === step);
    const share = [0, 0.1, 0.5][step] ?? 0;
    const wouldHaveGone = tries.filter(({ went }) => went).length + 1;
    const went = isProbe || wouldHaveGone <= share * (tries.length + 1);
    this.#tries.push({ id: ticket.id, atMs: nowMs, step, went, isProbe, isBack: false });
    return went ? ticket : undefined;
  }

  report(ticket: { round: number; id: number }, finding: Finding, nowMs: number, draw: number): void {
    if (ticket.round !== this.#round) return;
    if (this.state === 'half_open') {
      for (const one of this.#tries) if (one.id === ticket.id) one.isBack = true;
      if (finding === 'good') this.#goods++;
      if (finding === 'ill') this.#open(nowMs, draw);
      if (this.#goods === 7) {
        this.state = 'closed';
        this.#results = [];
        this.#openedInARow = 0;
      }
      return;
    }
    this.#results.push({ atMs: nowMs, finding });
    if (finding !== 'ill') return;
    const { minCalls, failureRate } = this.#options;
    const counted = this.counted(nowMs);
    const ills = counted.filter((one) => one === 'ill').length;
    const inRow = counted.length - 1 - counted.lastIndexOf('good');
    if ((counted.length >= minCalls && ills / counted.length >= failureRate) || inRow >= minCalls)
      this.#open(nowMs, draw);
  }

  /** What still counts. */
  counted(nowMs: number): Finding[] {
    const partMs = this.#options.windowMs / 10;
    return this.#results
      .filter(({ atMs }) => Math.floor(atMs / partMs) > Math.floor(nowMs / partMs) - 10)
      .map(({ finding }) => finding)
      .filter((finding) => finding !== 'none');
  }

  tick(nowMs: number): void {
    if (this.state !== 'open' || nowMs < this.#untilMs) return;
    this.state = 'half_open';
    this.#tries = [];
    this.#goods = 0;
  }

  #open(nowMs: number, draw: number): void {
    const { openMs, maxOpenMs } = this.#options;
    let ms = openMs;
    for (let time = 0; time < this.#openedInARow; time++) ms = Math.min(ms * 2, maxOpenMs);
    this.state = 'open';
    this.#untilMs = nowMs + ms * (0.5 + draw / 2);
    this.#openedInARow++;
    this.#round++;
  }
}

test('does what a plain reference does, at every step', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      const plain = new PlainBreaker(world.options);
      const out: { ticket: BreakerTicket; twin: { round: number; id: number } }[] = [];
      const go = (): void => {
        const ticket = ask(world);
        const twin = plain.ask(world.clock.nowMs());
        expect(ticket !== undefined).toBe(twin !== undefined);
        if (ticket && twin) out.push({ ticket, twin });
      };
      const report = (which: number, finding: Finding): void => {
        const [pair] = out.splice(which, 1);
        pair?.ticket.report(finding);
        if (pair) plain.report(pair.twin, finding, world.clock.nowMs(), world.chance.next);
      };
      for (const one of all) {
        if (one.does === 'pass') world.clock.advance(one.ms);
        if (one.does === 'draw') world.chance.next = one.next;
        if (one.does === 'ask') for (let time = 0; time < one.times; time++) go();
        if (one.does === 'call')
          for (let time = 0; time < one.times; time++) {
            const before = out.length;
            go();
            if (out.length > before) report(before, one.finding);
          }
        if (one.does === 'report') report(one.which % Math.max(out.length, 1), one.finding);
        plain.tick(world.clock.nowMs());
        expect(world.breaker.state).toBe(plain.state);
        const { good, ill } = world.breaker.figures ?? { good: 0, ill: 0 };
        if (plain.state === 'closed') expect(good + ill).toBe(plain.counted(world.clock.nowMs()).length);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('opens only when enough were ill in exactly the last window, and of those that went since it opened last', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      const log = perform(world, all);
      for (const [index, change] of world.told.entries()) {
        if (change.from !== 'closed') continue;
        const openedBefore = world.told.slice(0, index).findLastIndex(({ to }) => to === 'open');
        const closedMs = index === 0 ? 0 : (world.told[index - 1]?.atMs ?? 0);
        const counted = log.filter(
          ({ changes, reportedMs = Number.NEGATIVE_INFINITY }) =>
            changes > openedBefore &&
            reportedMs >= closedMs &&
            reportedMs <= change.atMs &&
            reportedMs > change.atMs - given.windowMs,
        );
        const ill = counted.filter(({ finding }) => finding === 'ill').length;
        expect(ill).toBeGreaterThanOrEqual(Math.max(Math.ceil(given.failureRate * given.minCalls), 1));
      }
    }),
    { numRuns: 500 },
  );
});

test('counts nothing after a window of silence', () => {
  fc.assert(
    fc.property(options, operations, fc.nat({ max: 100_000 }), (given, all, more) => {
      const world = newWorld(given);
      perform(world, all);
      if (world.breaker.state !== 'closed') return;
      world.clock.advance(given.windowMs + more);
      expect(world.breaker.figures).toEqual({ good: 0, ill: 0, illInRow: 0 });
    }),
  );
});

test('is never stuck: whatever happened and whatever never reports, it closes once the provider is well', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      perform(world, all);
      // Whoever asks after the longest time goes.
      world.clock.advance(world.options.maxOpenMs);
      const first = ask(world);
      expect(first).toBeDefined();
      // It is lost, and so is the next.
      world.clock.advance(world.options.maxOpenMs);
      expect(ask(world)).toBeDefined();
      world.clock.advance(world.options.maxOpenMs);
      for (let call = 0; call < 7; call++) {
        const ticket = ask(world);
        expect(ticket).toBeDefined();
        ticket?.report('good');
      }
      expect(world.breaker.state).toBe('closed');
    }),
    { numRuns: 500 },
  );
});

test('lets one at a time try, until the first is well', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      const log = perform(world, all);
      const went = log.filter(({ ticket }) => ticket);
      for (const [index, change] of world.told.entries()) {
        if (change.to !== 'half_open') continue;
        // Those that were let go in this half open time.
        const tries = went.filter(({ changes }) => changes === index + 1);
        const firstGood = Math.min(
          ...tries.filter(({ finding }) => finding === 'good').map(({ reportPlace = 0 }) => reportPlace),
        );
        const alone = tries.filter((one) => one.place < firstGood);
        for (const [index, one] of alone.entries())
          for (const earlier of alone.slice(0, index)) {
            const isOver = (earlier.reportPlace ?? Number.POSITIVE_INFINITY) < one.place;
            expect(isOver || one.atMs - earlier.atMs >= world.options.maxOpenMs).toBe(true);
          }
      }
    }),
    { numRuns: 500 },
  );
});

test('lets no more than half go while it closes, beside one at a time', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      const log = perform(world, all);
      for (const [index, change] of world.told.entries()) {
        if (change.to !== 'half_open') continue;
        const asked = log.filter(({ changes }) => changes === index + 1);
        let alone = 0;
        let sinceMs = Number.NEGATIVE_INFINITY;
        let before: Asked | undefined;
        for (const one of asked.filter(({ ticket }) => ticket)) {
          const isBack = before?.reportPlace !== undefined && before.reportPlace < one.place;
          if (!before || isBack || one.atMs - sinceMs >= world.options.maxOpenMs) {
            alone++;
            before = one;
            sinceMs = one.atMs;
          }
        }
        const went = asked.filter(({ ticket }) => ticket).length;
        expect(went - alone).toBeLessThanOrEqual(asked.length / 2);
      }
    }),
    { numRuns: 500 },
  );
});

test('hears nothing of an attempt that went before it opened', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      const log = perform(world, all);
      for (const { isLate, changed } of log) if (isLate) expect(changed).toBe(false);
    }),
  );
});

test('stays open for as long as it says, which is within its bounds', () => {
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      perform(world, all, ({ atMs, ticket }) => {
        const opened = world.told.findLast(({ to }) => to === 'open');
        if (ticket && opened?.retryInMs !== undefined)
          expect(atMs - opened.atMs).toBeGreaterThanOrEqual(opened.retryInMs);
      });
      for (const { to, retryInMs } of world.told) {
        expect(retryInMs === undefined).toBe(to !== 'open');
        if (retryInMs === undefined) continue;
        expect(retryInMs).toBeGreaterThanOrEqual(given.openMs / 2);
        expect(retryInMs).toBeLessThanOrEqual(Math.max(given.openMs, given.maxOpenMs));
      }
    }),
  );
});

test('the operations reach every state and every reason', () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(options, operations, (given, all) => {
      const world = newWorld(given);
      perform(world, all);
      for (const { reason } of world.told) reasons.add(reason);
    }),
    { numRuns: 500 },
  );
  expect([...reasons].sort()).toEqual(
    ['failure_rate', 'failures_in_a_row', 'probe_failed', 'probing', 'recovered'].sort(),
  );
});
