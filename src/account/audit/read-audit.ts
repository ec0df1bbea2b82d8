import { checkObject } from '../../check.ts';
import { AuditFiles, type CorruptLines } from './audit-files.ts';
import { type AuditStore, checkSecret, checkStore } from './audit-options.ts';
import { type AuditQuery, type AuditRow, AuditTable, checkQuery } from './audit-query.ts';
import { withKeptUser } from './kept-user.ts';

/** What was read of an audit. */
export interface AuditReading {
  readonly rows: readonly AuditRow[];
  /**
   * Lines that could not be read and were skipped, such as half a last line that a crash left behind: what they counted
   * since the line before of the same combination is missing.
   */
  readonly corrupt: readonly {
    readonly file: string;
    /** From 1. */
    readonly lines: readonly number[];
  }[];
}

/** What the reader of an audit must know of how it was written. */
export interface ReadAuditOptions {
  /** The key that the audit is kept with, needed only to find a user by name. @default none */
  readonly hashUsersWith?: string;
}

/**
 * Reads an audit that `observe` keeps in files, without a client: of all days that are there, while other processes go on
 * writing. Nothing is written or removed. What a process has counted and not yet written (half a second) is not in it. A directory
 * that is not there has no rows.
 *
 * @throws TelltaleError `invalid_option`; what reading a file throws
 *
 * @example
 * ```ts
 * const { rows } = await readAudit(fileAuditStore('./audit'), { from: '2026-11-01', by: ['sentModel'] });
 * for (const { sentModel, costUsd, unknownCostCalls } of rows) console.log(sentModel, costUsd, unknownCostCalls);
 * ```
 */
export async function readAudit(
  store: AuditStore,
  query: AuditQuery = {},
  options: ReadAuditOptions = {},
): Promise<AuditReading> {
  const { directory } = checkStore('store', store);
  const given = checkObject('options', options, ['hashUsersWith']);
  const secret = checkSecret('options', given);
  const checked = withKeptUser(checkQuery(query), secret);
  const table = new AuditTable(checked);
  const corrupt: CorruptLines[] = [];
  const entries = new AuditFiles(directory).read(checked.from, checked.to, [], (found) =>
    corrupt.push(found),
  );
  for await (const [day, entry] of entries) table.add(day, entry);
  return { rows: table.rows(), corrupt };
}
