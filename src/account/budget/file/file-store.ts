import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkClock, checkObject, checkOneOf, checkString } from '../../../check.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import type { BudgetStore, BudgetWhenDown } from '../store.ts';
import { markAsBudgetStore } from '../store.ts';
import { FileLock } from './file-lock.ts';
import { type JournalContent, readJournal } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { JournaledLedger } from './journaled-ledger.ts';

/** How safely `fileBudgetStore` writes. */
export interface FileBudgetStoreOptions {
  /**
   * When a call may go: when what is reserved for it is on the disk, which survives a power cut and takes a few
   * milliseconds (calls at the same time share them), or when the operating system has it, which survives the end of
   * the process, however it ends. @default 'disk'
   */
  readonly durability?: 'disk' | 'process';
  /**
   * While the file cannot be written (a full disk): `'local'` holds the budgets in memory and tries again, `'closed'`
   * refuses calls with `store_unavailable`, `'open'` lets them go and counts. @default 'local'
   */
  readonly whenDown?: BudgetWhenDown;
  /**
   * What to make of a budget of which the file was damaged and something may be missing: `'spent'` takes it as spent in
   * full until its period ends, `'known'` goes by what is left of the file. @default 'spent'
   */
  readonly whenUncertain?: 'spent' | 'known';
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

/**
 * Keeps budgets in a file, for one process at a time. What was reserved when the process ended counts as spent, because
 * nobody knows what became of it. A damaged file is copied aside under another name, which a warning says; of what its
 * damage may have hidden, `whenUncertain` decides. The file holds names of users, projects and tags as they are.
 *
 * @param path of the file, which is made where there is none, and its folder with it; `path` + `.lock` stands beside it
 * @throws TelltaleError `invalid_option`; `budget_file_locked` while another process uses the file; and what the file
 * system throws where the file cannot be read or written
 *
 * @example
 * ```ts
 * const openai = observe(new OpenAI(), {
 *   budget: { usd: 200, per: 'month' },
 *   budgetStore: fileBudgetStore('./budget.journal'),
 * });
 * ```
 */
export function fileBudgetStore(path: string, options: FileBudgetStoreOptions = {}): BudgetStore {
  checkString('path', path);
  const given = checkObject('options', options, ['durability', 'whenDown', 'whenUncertain', 'clock']);
  const { durability = 'disk', whenDown = 'local', whenUncertain = 'spent' } = given;
  const clock = given['clock'] === undefined ? systemClock : checkClock('options.clock', given['clock']);
  const settings = {
    clock,
    isSynced: checkOneOf('options.durability', durability, ['disk', 'process']) === 'disk',
    whenDown: checkOneOf('options.whenDown', whenDown, ['local', 'closed', 'open']),
    isUncertainFull: checkOneOf('options.whenUncertain', whenUncertain, ['spent', 'known']) === 'spent',
  };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = new FileLock(`${path}.lock`, clock);
  try {
    const content = readAt(path, clock);
    const ledger = new JournaledLedger(new JournalFile(path), content, settings);
    let closing: Promise<void> | undefined;
    return markAsBudgetStore({
      kind: 'file',
      reserve: (charges) => ledger.reserve(charges),
      figures: () => ledger.figures(),
      isDown: () => ledger.isDown,
      close: () => (closing ??= ledger.close().finally(() => lock.release())),
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function readAt(path: string, clock: Clock): JournalContent | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const content = readJournal(text);
  if (content.lostLines > 0) {
    const aside = `${path}.damaged-${new Date(clock.epochMs()).toISOString().replaceAll(':', '-')}`;
    // A copy, not a rename: were this process to end now, the file must not be missed and read as nothing spent.
    copyFileSync(path, aside);
    process.emitWarning(
      `The budget file \`${path}\` is damaged: ${content.lostLines} of its lines are lost. It was copied to \`${aside}\` and rebuilt from the ${content.accounts.length} budgets that could be read. What may have been spent beyond them is unknown until their periods end, and counts as \`whenUncertain\` says.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_BUDGET_FILE' },
    );
  }
  return content;
}
