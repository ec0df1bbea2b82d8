import { type Call, sentModelOf } from '../../call.ts';
import { currentCallContext } from '../../call-with.ts';
import type { Clock } from '../../clock.ts';
import type { Observer } from '../../observer.ts';
import { addCall } from './audit-counts.ts';
import { AuditFiles, type CorruptLines } from './audit-files.ts';
import type { CheckedAudit } from './audit-options.ts';
import { type AuditQuery, type AuditRow, AuditTable, checkQuery } from './audit-query.ts';
import { type AuditKey, DayBook, dayOf, daysBefore, none } from './day-book.ts';
import { keptUser, withKeptUser } from './kept-user.ts';

/** Soon enough that a crash loses little, and rare enough that calls of one moment are one write. */
const writeAfterMs = 500;
/** After a write that failed. */
const writeAgainMs = 5_000;

export interface AuditParts {
  readonly clock: Clock;
  /** Says something to whoever looks after the process. */
  readonly warn: (message: string) => void;
}

/** How the audit itself is. */
export interface AuditFigures {
  /** Writes that failed one after the other; 0 where the last one went well. */
  readonly failedWrites: number;
  /** Lines of files that could not be read, as far as anybody asked for their days. */
  readonly corruptLines: number;
  /** True where something was too much to keep apart today. */
  readonly hasOthers: boolean;
}

/** Counts usage and cost by day, user, tags, endpoint and model, from calls that have ended. */
export class Audit {
  readonly #options: CheckedAudit;
  readonly #parts: AuditParts;
  readonly #files: AuditFiles | undefined;
  /** By day; those of days that are over leave when they are written, or when they are not kept any more. */
  #books: DayBook[] = [];
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failedWrites = 0;
  readonly #corrupt = new Map<string, number>();

  constructor(options: CheckedAudit, parts: AuditParts) {
    this.#options = options;
    this.#parts = parts;
    this.#files = options.store && new AuditFiles(options.store.directory);
  }

  /** Who calls is known when the call starts, and nowhere else. */
  readonly observer: Observer = (call) => {
    const { user = none, tags = {} } = currentCallContext();
    const { operation, endpoint, model = none } = call.request;
    const key = { user: this.#userOf(user), operation, endpoint, model, tags };
    return { ended: () => this.#count({ ...key, sentModel: sentModelOf(call) ?? none }, call) };
  };

  /** @throws TelltaleError `invalid_option`; what reading a file throws */
  async query(given: AuditQuery): Promise<AuditRow[]> {
    const query = checkQuery(given);
    const table = new AuditTable(withKeptUser(query, this.#options.hashUsersWith));
    const first = this.#firstDay();
    await this.flush();
    const own = [...this.#books];
    for (const book of own)
      if (book.day >= first) for (const entry of book.entries.values()) table.add(book.day, entry);
    if (this.#files) {
      const from = query.from > first ? query.from : first;
      const found = (corrupt: CorruptLines): void => this.#foundCorrupt(corrupt);
      for await (const [day, entry] of this.#files.read(from, query.to, own, found)) table.add(day, entry);
    }
    return table.rows();
  }

  /** Writes what is not written yet. Never rejects: what cannot be written stays, and is said. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  figures(): AuditFigures {
    return {
      failedWrites: this.#failedWrites,
      corruptLines: [...this.#corrupt.values()].reduce((sum, lines) => sum + lines, 0),
      hasOthers: this.#books.at(-1)?.hasOthers ?? false,
    };
  }

  #userOf(user: string): string {
    return keptUser(user, this.#options.hashUsersWith);
  }

  #count(key: AuditKey, call: Call): void {
    const book = this.#today();
    const hadOthers = book.hasOthers;
    const entry = book.entryOf(key);
    addCall(entry.counts, call);
    if (book.hasOthers && !hadOthers)
      this.#parts.warn(
        `The audit of ${book.day} counts some calls together as \`_other\`: it keeps ${this.#options.maxKeys} combinations of user, tags, endpoint and model apart, which is \`audit.maxKeys\`, and names of up to 256 characters.`,
      );
    if (!this.#files) return;
    book.changed.add(entry);
    this.#writeAfter(writeAfterMs, 'work');
  }

  #today(): DayBook {
    const day = dayOf(this.#parts.clock.epochMs());
    const newest = this.#books.at(-1);
    if (newest?.day === day) return newest;
    const book = new DayBook(day, this.#options.maxKeys);
    this.#books.push(book);
    this.#retire();
    return book;
  }

  #firstDay(): string {
    return daysBefore(dayOf(this.#parts.clock.epochMs()), this.#options.retentionDays - 1);
  }

  /** A day has begun. */
  #retire(): void {
    const first = this.#firstDay();
    const files = this.#files;
    if (!files) {
      this.#books = this.#books.filter(({ day }) => day >= first);
      return;
    }
    this.#writing = this.#writing
      .then(() => files.drop(first))
      .catch((fault: unknown) =>
        this.#warnOfFile('Days that are not kept any more could not be removed', fault),
      );
  }

  /** A timer of `work` holds the end of a process off until what it counted is written. */
  #writeAfter(delayMs: number, kind: 'work' | 'housekeeping'): void {
    this.#cancel ??= this.#parts.clock.schedule(() => void this.flush(), delayMs, kind);
  }

  async #write(): Promise<void> {
    if (!this.#files) return;
    for (const book of [...this.#books]) {
      const changed = [...book.changed];
      if (changed.length > 0) {
        book.changed.clear();
        try {
          await this.#files.write(book, changed);
          this.#failedWrites = 0;
        } catch (fault) {
          for (const entry of changed) book.changed.add(entry);
          if (this.#failedWrites++ === 0)
            this.#warnOfFile(
              'The audit could not be written, is kept in memory and will be tried again',
              fault,
            );
          this.#writeAfter(writeAgainMs, 'housekeeping');
          return;
        }
      }
      if (book !== this.#books.at(-1) && book.changed.size === 0)
        this.#books = this.#books.filter((one) => one !== book);
    }
  }

  #foundCorrupt({ file, lines }: CorruptLines): void {
    const before = this.#corrupt.get(file) ?? 0;
    this.#corrupt.set(file, lines.length);
    if (lines.length <= before) return;
    const named = lines.slice(0, 5).join(', ');
    const more = lines.length > 5 ? ` and ${lines.length - 5} more` : '';
    this.#parts.warn(
      `Of the audit, line ${named}${more} of ${file} cannot be read and is skipped: what it counted is missing.`,
    );
  }

  #warnOfFile(what: string, fault: unknown): void {
    const { code = 'an error', path: file } = fault as NodeJS.ErrnoException;
    this.#parts.warn(`${what}: ${code}${file === undefined ? '' : ` at ${file}`}.`);
  }
}
