import type { Clock } from '../../../clock.ts';
import { poll } from '../poll.ts';
import { recordLocked } from '../record-faults.ts';
import type { RecordHold } from '../record-store.ts';
import type { Tokens } from '../tokens.ts';
import { Turns, type Wait } from '../turns.ts';
import { type Asking, type AskScript, isDone } from './asking.ts';
import { holdScript } from './record-scripts.ts';

export interface RedisHoldsSettings {
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly keyOf: (id: string) => string;
}

/**
 * Holds are leases that their holder renews. One whose process was paused for longer than its lease may be somebody else's
 * when it goes on, of which it hears by the revision of the record.
 */
export class RedisHolds {
  readonly #ask: AskScript;
  readonly #tokens: Tokens;
  readonly #settings: RedisHoldsSettings;
  readonly #turns: Turns;

  constructor(asking: Asking, tokens: Tokens, settings: RedisHoldsSettings) {
    this.#ask = asking.script(holdScript);
    this.#tokens = tokens;
    this.#settings = settings;
    this.#turns = new Turns(settings.clock);
  }

  /** @throws TelltaleError `record_locked`, `store_unavailable`; the reason of the signal */
  async take(id: string, wait: Wait): Promise<RecordHold> {
    const endTurn = await this.#turns.take(id, wait);
    if (!endTurn) throw recordLocked(id);
    const token = this.#tokens.next();
    const asking = poll(this.#settings.clock, wait, async () =>
      (await this.#do('take', id, token)) ? true : undefined,
    );
    try {
      const isTaken = await orAborted(asking, wait.signal);
      if (!isTaken) throw recordLocked(id);
      return this.#held(id, token, endTurn);
    } catch (error) {
      // It may be taken, and only the answer be lost, or be taken yet, by a client that sends again what was not answered.
      const release = (): Promise<boolean> => this.#do('release', id, token);
      asking.then(release, release).catch(() => {});
      endTurn();
      throw error;
    }
  }

  #held(id: string, token: string, endTurn: () => void): RecordHold {
    const { clock, leaseMs } = this.#settings;
    let cancelRenewal = (): void => {};
    const renewLater = (): void => {
      const renew = (): void => {
        this.#do('renew', id, token).catch(() => {});
        renewLater();
      };
      cancelRenewal = clock.schedule(renew, leaseMs / 3, 'housekeeping');
    };
    renewLater();
    let releasing: Promise<void> | undefined;
    const release = async (): Promise<void> => {
      cancelRenewal();
      try {
        await this.#do('release', id, token);
      } catch {
        // Its lease ends by itself.
      }
      endTurn();
    };
    return { release: () => (releasing ??= release()) };
  }

  async #do(op: 'take' | 'renew' | 'release', id: string, token: string): Promise<boolean> {
    const { keyOf, leaseMs } = this.#settings;
    const when = op === 'release' ? 'in any case' : 'now';
    return isDone(await this.#ask([keyOf(id)], JSON.stringify({ op, token, leaseMs }), when));
  }
}

/** @throws the reason of the signal, at once: Redis may be silent for long */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', aborted));
  });
}
