import type { Clock } from '../../clock.ts';
import type { CallObserver, Observer } from '../../observer.ts';
import { RollingSums } from '../../rolling-sums.ts';
import { isFailed } from '../failed.ts';
import type { HealthCheck } from './health.ts';

/** How far back calls count. */
const windowMs = 300_000;
/** With fewer calls their failures say little. */
const minCalls = 20;
const mostErrors = 0.05;

const ended = 0;
const succeeded = 1;
const failed = 2;

/** How the calls of the last five minutes went, and when one last went well or wrong. */
export class RecentCalls {
  readonly #clock: Clock;
  readonly #sums = new RollingSums(windowMs, 3, 30);
  #succeededMs: number | undefined;
  #failedMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly #listener: CallObserver = {
    ended: (call) => {
      const { endedMs: nowMs = this.#clock.nowMs() } = call;
      this.#sums.add(ended, 1, nowMs);
      if (call.outcome === 'ok') {
        this.#succeededMs = nowMs;
        this.#sums.add(succeeded, 1, nowMs);
      } else if (isFailed(call)) {
        this.#failedMs = nowMs;
        this.#sums.add(failed, 1, nowMs);
      }
    },
  };

  readonly observer: Observer = () => this.#listener;

  /**
   * Degraded where more than 5 % of at least 20 calls failed; down where at least 20 failed and none went well. Where no
   * call comes there is nothing to say against it.
   */
  check(): HealthCheck {
    const nowMs = this.#clock.nowMs();
    const [calls = 0, good = 0, bad = 0] = this.#sums.at(nowMs);
    const errorRate = calls === 0 ? undefined : bad / calls;
    const isDown = bad >= minCalls && good === 0;
    const isDegraded = calls >= minCalls && bad / calls > mostErrors;
    return {
      status: isDown ? 'down' : isDegraded ? 'degraded' : 'ok',
      ...(isDown && { reason: 'no call went well' }),
      ...(isDegraded && !isDown && { reason: 'more than 5 % of the calls failed' }),
      windowMs,
      calls,
      failed: bad,
      ...(errorRate !== undefined && { errorRate }),
      ...(this.#succeededMs !== undefined && { sinceLastSuccessMs: Math.round(nowMs - this.#succeededMs) }),
      ...(this.#failedMs !== undefined && { sinceLastFailureMs: Math.round(nowMs - this.#failedMs) }),
    };
  }
}
