import type { HrTime, TimeInput } from '@opentelemetry/api';
import type { Clock } from '../../clock.ts';

/** The two clocks of a machine may come so far apart before they are compared anew: it slept, or its time was set. */
const mostDriftMs = 1_000;

/** Times of spans from whatever OpenTelemetry's API takes for one, on one scale for all of them, so that they stay in order. */
export class SpanTime {
  readonly #clock: Pick<Clock, 'nowMs' | 'epochMs'>;
  #originMs: number;

  constructor(clock: Pick<Clock, 'nowMs' | 'epochMs'>) {
    this.#clock = clock;
    this.#originMs = clock.epochMs() - clock.nowMs();
  }

  /** @param input now where it is none */
  of(input?: TimeInput): HrTime {
    if (Array.isArray(input)) return [input[0], input[1]];
    if (input instanceof Date) return hrTimeOf(input.getTime());
    const nowMs = this.#clock.nowMs();
    // As the SDK takes it: a number that is not later than now is of the clock that never goes back.
    if (typeof input === 'number' && input > nowMs) return hrTimeOf(input);
    return hrTimeOf(this.#origin(nowMs) + (typeof input === 'number' ? input : nowMs));
  }

  #origin(nowMs: number): number {
    const originMs = this.#clock.epochMs() - nowMs;
    if (Math.abs(originMs - this.#originMs) > mostDriftMs) this.#originMs = originMs;
    return this.#originMs;
  }
}

/** Precise to a microsecond, which a double of milliseconds since 1970 just holds. */
function hrTimeOf(epochMs: number): HrTime {
  const micros = Number.isFinite(epochMs) ? Math.max(0, Math.round(epochMs * 1_000)) : 0;
  return [Math.floor(micros / 1e6), (micros % 1e6) * 1_000];
}
