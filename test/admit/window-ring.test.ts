import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WindowRing } from '../../src/admit/window-ring.ts';

/** What was taken and when, every entry kept: the plainest way to say what a ring says. */
class Log {
  readonly #entries: { atMs: number; amount: number }[] = [];

  add(amount: number, atMs: number): number {
    return this.#entries.push({ atMs, amount }) - 1;
  }

  adjust(index: number, difference: number): void {
    const entry = this.#entries[index];
    if (entry) entry.amount += difference;
  }

  atMs(index: number): number {
    return this.#entries[index]?.atMs ?? 0;
  }

  amount(index: number): number {
    return this.#entries[index]?.amount ?? 0;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** In the half-open window that ends at `endMs`. */
  inWindow(endMs: number, windowMs: number): number {
    let sum = 0;
    for (const { atMs, amount } of this.#entries) if (atMs > endMs - windowMs && atMs <= endMs) sum += amount;
    return sum;
  }
}

const step = fc.record({
  afterMs: fc.oneof(
    fc.integer({ min: 0, max: 400 }),
    fc.double({ min: 0, max: 5_000, noNaN: true }),
    fc.integer({ min: 0, max: 70_000 }),
  ),
  amount: fc.integer({ min: 0, max: 60 }),
  settles: fc.option(fc.record({ which: fc.nat(), share: fc.double({ min: 0, max: 1, noNaN: true }) })),
});

const windows = fc.constantFrom(100, 777, 1_000, 60_000, 3_600_000, 86_400_000);

describe('a ring of parts of a window', () => {
  test('lets no window hold more than the quota, wherever it begins and whatever is given back', () => {
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 1, max: 100 }),
        fc.array(step, { maxLength: 60 }),
        (windowMs, quota, steps) => {
          const ring = new WindowRing(windowMs);
          const log = new Log();
          let nowMs = 0;
          for (const { afterMs, amount, settles } of steps) {
            nowMs += (afterMs * windowMs) / 60_000;
            if (settles && log.length > 0) {
              const which = settles.which % log.length;
              const difference = -Math.floor(log.amount(which) * settles.share);
              ring.adjust(difference, log.atMs(which), nowMs);
              log.adjust(which, difference);
            }
            if (amount <= quota && ring.roomAtMs(amount, quota, nowMs) <= nowMs) {
              ring.add(amount, nowMs);
              log.add(amount, nowMs);
              expect(log.inWindow(nowMs, windowMs)).toBeLessThanOrEqual(quota);
            }
            expect(ring.used(nowMs)).toBeGreaterThanOrEqual(log.inWindow(nowMs, windowMs));
          }
        },
      ),
    );
  });

  test('loses evenly what is to leave so, to a part, and all of it within two parts more', () => {
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (windowMs, amount, share, passed, nowMs) => {
          const ring = new WindowRing(windowMs);
          const leavesInMs = windowMs * share;
          ring.addLeaving(amount, leavesInMs, nowMs);
          expect(ring.used(nowMs)).toBe(amount);
          const spanMs = Math.max(leavesInMs, ring.widthMs);
          const left = (afterMs: number): number => amount * Math.min(Math.max(1 - afterMs / spanMs, 0), 1);
          const afterMs = passed * windowMs;
          const used = ring.used(nowMs + afterMs);
          // A part ends somewhere within its width, which is up to a part too early; later ones follow it.
          expect(used).toBeGreaterThanOrEqual(left(afterMs + ring.widthMs) - 1);
          expect(used).toBeLessThanOrEqual(left(afterMs - 2 * ring.widthMs) + 1);
          expect(ring.used(nowMs + Math.max(afterMs, spanMs) + 2 * ring.widthMs)).toBe(0);
        },
      ),
    );
  });

  test('names the first moment at which there is room', () => {
    fc.assert(
      fc.property(
        windows,
        fc.array(step, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 100 }),
        (windowMs, steps, wanted) => {
          const quota = 100;
          const ring = new WindowRing(windowMs);
          let nowMs = 0;
          for (const { afterMs, amount } of steps) {
            nowMs += (afterMs * windowMs) / 60_000;
            ring.add(amount, nowMs);
          }
          const atMs = ring.roomAtMs(wanted, quota, nowMs);
          const before = atMs - windowMs * 1e-6;
          if (before > nowMs) expect(ring.used(before) + wanted).toBeGreaterThan(quota);
          expect(ring.used(atMs) + wanted).toBeLessThanOrEqual(quota);
        },
      ),
    );
  });

  test('holds no more than its quota back for longer than a window, its guard and one part', () => {
    const ring = new WindowRing(60_000);
    ring.add(100, 999);
    expect(ring.roomAtMs(1, 100, 1_000)).toBe(62_000);
    expect(ring.used(61_999)).toBe(100);
    expect(ring.used(62_000)).toBe(0);
  });

  test('tells when more than a quota will have gone', () => {
    const ring = new WindowRing(60_000);
    expect(ring.roomAtMs(100, 100, 0)).toBe(0);
    expect(ring.roomAtMs(101, 100, 0)).toBe(62_000);
    expect(ring.roomAtMs(350, 100, 0)).toBe(186_000);
    // What goes now leaves with the part in which it goes.
    expect(ring.roomAtMs(101, 100, 500)).toBe(62_000);
  });

  test('keeps what it holds when the clock goes back', () => {
    const ring = new WindowRing(60_000);
    ring.add(10, 30_000);
    ring.add(10, 1_000);
    expect(ring.used(30_000)).toBe(20);
    expect(ring.used(91_999)).toBe(20);
    expect(ring.used(92_000)).toBe(0);
  });
});
