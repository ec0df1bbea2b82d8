import type { Gate } from './gate.ts';
import type { Meter } from './meter.ts';
import type { Holding } from './permit.ts';
import { WaitingLane } from './waiting-lane.ts';

/** The calls that the same meters hold, and those among them that wait. */
export class QuotaGroup implements Holding {
  readonly meters: readonly Meter[];
  /** By priority, the highest first. */
  readonly lanes = [new WaitingLane(), new WaitingLane(), new WaitingLane()] as const;
  waiting = 0;
  /** Permits that are neither settled nor released. */
  inFlight = 0;
  readonly gate: Gate;
  /** More tokens than this could never go. */
  readonly mostTokens: number;

  constructor(meters: readonly Meter[], gate: Gate) {
    this.meters = meters;
    this.gate = gate;
    const quotas = meters.flatMap(({ ofRequests, limit }) => (ofRequests ? [] : [limit.quota]));
    this.mostTokens = Math.min(...quotas);
  }

  /** Nothing goes before this time: the provider said so. */
  get closedUntilMs(): number {
    return this.gate.closedUntilMs;
  }

  /** It holds what its permits hold. */
  get group(): QuotaGroup {
    return this;
  }

  /** When there will be room for a call of so many tokens, if nothing else goes until then. */
  roomAtMs(tokens: number, nowMs: number): number {
    let atMs = this.gate.opensAtMs(nowMs);
    for (const meter of this.meters) {
      const roomAtMs = meter.roomAtMs(0, meter.ofRequests ? 1 : tokens, nowMs);
      if (roomAtMs > atMs) atMs = roomAtMs;
    }
    return atMs;
  }

  /** The meter that holds a call of so many tokens longest; undefined where none does. */
  heldBy(tokens: number, nowMs: number): Meter | undefined {
    let held: Meter | undefined;
    let longestMs = nowMs;
    for (const meter of this.meters) {
      const atMs = meter.roomAtMs(0, meter.amountOf(tokens), nowMs);
      if (atMs <= longestMs) continue;
      longestMs = atMs;
      held = meter;
    }
    return held;
  }

  take(tokens: number, nowMs: number): void {
    this.gate.went(nowMs);
    for (const meter of this.meters) meter.take(meter.ofRequests ? 1 : tokens, nowMs);
  }

  settle(difference: number, takenMs: number, nowMs: number): void {
    for (const meter of this.meters) if (!meter.ofRequests) meter.settle(difference, takenMs, nowMs);
  }

  release(tokens: number, takenMs: number, nowMs: number): void {
    for (const meter of this.meters) meter.release(meter.amountOf(tokens), takenMs, nowMs);
  }

  shares(other: QuotaGroup): boolean {
    return other === this || other.meters.some((meter) => this.meters.includes(meter));
  }
}
