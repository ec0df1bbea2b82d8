import type { QuotaGroup } from '../quota-group.ts';

/** Whoever waits is asked for again at least this often: others may have given something back. */
const pollMs = 500;

/** When to ask for a group again of which somebody could not go. */
export class AskTimes {
  readonly #againMs = new WeakMap<QuotaGroup, number>();

  isBlocked(group: QuotaGroup, nowMs: number): boolean {
    return (this.#againMs.get(group) ?? 0) > nowMs;
  }

  /** @param waitsMs how long those wait who could not go, of which undefined says nothing, by their groups */
  heard(
    groups: readonly QuotaGroup[],
    waitsMs: Iterable<readonly [QuotaGroup, number | undefined]>,
    nowMs: number,
  ): void {
    for (const group of groups) this.#againMs.delete(group);
    for (const [group, waitMs = pollMs] of waitsMs) {
      const atMs = nowMs + Math.min(waitMs, pollMs);
      this.#againMs.set(group, Math.min(this.#againMs.get(group) ?? atMs, atMs));
    }
  }

  /** Undefined where there are no groups. */
  nextMs(groups: Iterable<QuotaGroup>, nowMs: number): number | undefined {
    let nextMs: number | undefined;
    for (const group of groups) {
      const atMs = Math.max(this.#againMs.get(group) ?? nowMs, group.gate.opensAtMs(nowMs));
      nextMs = Math.min(nextMs ?? atMs, atMs);
    }
    return nextMs;
  }
}
