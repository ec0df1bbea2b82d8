import type { Clock } from '../../../clock.ts';
import { TelltaleError } from '../../../errors.ts';
import type { Account } from '../account.ts';
import { figuresOf, type Held, Ledger } from '../ledger.ts';
import type { AccountFigures, BudgetWhenDown, Charge, Reservation, ReserveReply } from '../store.ts';
import { accountsLine, headerLine, type JournalContent } from './journal.ts';
import type { JournalFile } from './journal-file.ts';

export interface JournalSettings {
  readonly clock: Clock;
  readonly isSynced: boolean;
  readonly whenDown: BudgetWhenDown;
  readonly isUncertainFull: boolean;
}

/** So many bytes are appended, at least, before the file is written anew. */
const leastToRewrite = 1_000_000;
/** After a failure, the file is tried again no sooner. */
const retryMs = 1_000;
/** What is settled is on the disk after so long, at the latest. */
const settledSyncMs = 1_000;

/** A ledger whose every change is in a journal before anybody acts upon it. */
export class JournaledLedger {
  readonly #file: JournalFile;
  readonly #ledger: Ledger;
  readonly #settings: JournalSettings;
  #number = 0;
  #rewriteAt = 0;
  #failedMs: number | undefined;
  #hasWarned = false;
  #isClosed = false;
  #cancelSync: (() => void) | undefined;

  /** @param content of the file; undefined where there was none */
  constructor(file: JournalFile, content: JournalContent | undefined, settings: JournalSettings) {
    this.#file = file;
    this.#settings = settings;
    this.#ledger = new Ledger({ isUncertainFull: settings.isUncertainFull });
    if (content) this.#load(content);
    this.#rewrite();
  }

  get isDown(): boolean {
    return this.#failedMs !== undefined;
  }

  figures(): readonly AccountFigures[] {
    return figuresOf(this.#ledger.accounts(this.#settings.clock.epochMs()));
  }

  async reserve(charges: readonly Charge[]): Promise<ReserveReply> {
    const { clock, isSynced, whenDown } = this.#settings;
    const asked =
      whenDown === 'open' && this.isDown ? charges.map((charge) => ({ ...charge, isHard: false })) : charges;
    const { held, refusedBy, accounts, crossed } = this.#ledger.reserve(asked, clock.epochMs());
    if (held || crossed.length > 0) this.#write(accounts);
    if (held && isSynced && !this.isDown) await this.#file.synced().catch((error) => this.#failed(error));
    if (held && this.isDown && whenDown === 'closed' && !charges.every(({ isSpent }) => isSpent)) {
      held.settle({ kind: 'release' });
      throw new TelltaleError(
        'store_unavailable',
        'The budget file cannot be written, and `whenDown` is `closed`: nothing was sent.',
      );
    }
    return { reservation: held && this.#reservation(held), refusedBy, figures: figuresOf(accounts), crossed };
  }

  async close(): Promise<void> {
    this.#cancelSync?.();
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close().catch((error) => this.#failed(error));
  }

  #load({ header, accounts, lostLines }: JournalContent): void {
    const { uncertainBeforeMs } = header;
    if (uncertainBeforeMs !== undefined) this.#ledger.markUncertainBefore(uncertainBeforeMs);
    if (lostLines > 0) this.#ledger.markUncertainBefore(this.#settings.clock.epochMs());
    for (const floor of header.floors) this.#ledger.loadFloor(floor);
    for (const account of accounts) this.#ledger.load(account);
  }

  #reservation(held: Held): Reservation {
    return {
      settle: async (cost) => {
        const settled = held.settle(cost);
        if (!settled) return [];
        this.#write(settled.accounts);
        this.#syncSoon();
        return settled.crossed;
      },
    };
  }

  #write(accounts: readonly Account[]): void {
    if (this.#isClosed) return;
    try {
      if (this.#failedMs !== undefined) {
        if (this.#settings.clock.nowMs() - this.#failedMs < retryMs) return;
        this.#rewrite();
      } else if (this.#file.bytes > this.#rewriteAt) {
        this.#rewrite();
      } else {
        this.#file.append(accountsLine(this.#number + 1, accounts));
        this.#number++;
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** All that is known, in the place of how it came to be. */
  #rewrite(): void {
    const { uncertainBeforeMs, floors } = this.#ledger;
    const accounts = this.#ledger.accounts(this.#settings.clock.epochMs());
    const isMarked = Number.isFinite(uncertainBeforeMs);
    const lines = [headerLine({ floors, uncertainBeforeMs: isMarked ? uncertainBeforeMs : undefined })];
    for (const [index, account] of accounts.entries()) lines.push(accountsLine(index + 1, [account]));
    this.#file.replace(lines.join(''));
    this.#number = accounts.length;
    this.#rewriteAt = this.#file.bytes + Math.max(leastToRewrite, this.#file.bytes);
    this.#failedMs = undefined;
  }

  #syncSoon(): void {
    const { clock, isSynced } = this.#settings;
    if (!isSynced || this.#isClosed || this.#cancelSync) return;
    this.#cancelSync = clock.schedule(
      () => {
        this.#cancelSync = undefined;
        if (!this.isDown) this.#file.synced().catch((error) => this.#failed(error));
      },
      settledSyncMs,
      'housekeeping',
    );
  }

  #failed(error: unknown): void {
    this.#failedMs = this.#settings.clock.nowMs();
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const what = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `A budget file cannot be written (${what}). Until it can, budgets are held as \`whenDown\` says: '${this.#settings.whenDown}'. This is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_BUDGET_FILE' },
    );
  }
}
