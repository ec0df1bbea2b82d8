import path from 'node:path';
import { checkNumber, checkObject, checkString, invalidOption } from '../../check.ts';

/** Where the audit is kept: see `fileAuditStore`. */
export interface AuditStore {
  readonly directory: string;
}

/**
 * Keeps the audit in a directory, which is made where it is not there: one file of lines for each UTC day and process,
 * readable by the user of the process only. What was counted is written within half a second; `close()` waits for it.
 * Several processes may share the directory.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const openai = observe(new OpenAI(), { audit: { store: fileAuditStore('./audit') } });
 * ```
 */
export function fileAuditStore(directory: string): AuditStore {
  return { directory: path.resolve(checkString('directory', directory)) };
}

/** How usage and cost are counted by user, tag and model: where they are kept, how long, and how users are hidden. */
export interface AuditOptions {
  /** @default in the memory of this process, until it ends */
  readonly store?: AuditStore;
  /** Days that are kept, today included; older ones are removed, files too. An integer from 1 to 3,660. @default 30 */
  readonly retentionDays?: number;
  /**
   * A secret of at least 16 characters. Users are then known by their HMAC-SHA-256 under it, in hexadecimal, and the plain
   * id is nowhere. With another key they are other users. Leave it out rather than set it to `undefined`, which throws.
   * @default users are kept as they are named
   */
  readonly hashUsersWith?: string;
  /**
   * The most combinations of user, tags, endpoint and model that a process keeps apart in one day, at about 0.5 KB of
   * memory each; further ones are counted together as `_other`. An integer from 1 to 1,000,000. @default 5_000
   */
  readonly maxKeys?: number;
}

export type CheckedAudit = Required<Pick<AuditOptions, 'retentionDays' | 'maxKeys'>> &
  Pick<AuditOptions, 'store' | 'hashUsersWith'>;

/** @throws TelltaleError `invalid_option` */
export function checkAuditOptions(at: string, value: unknown): CheckedAudit {
  const given = checkObject(at, value, ['store', 'retentionDays', 'hashUsersWith', 'maxKeys']);
  const { store, retentionDays = 30, maxKeys = 5_000 } = given;
  const secret = checkSecret(at, given);
  return {
    retentionDays: checkNumber(`${at}.retentionDays`, retentionDays, { min: 1, max: 3_660, integer: true }),
    maxKeys: checkNumber(`${at}.maxKeys`, maxKeys, { min: 1, max: 1_000_000, integer: true }),
    ...(store !== undefined && { store: checkStore(`${at}.store`, store) }),
    ...(secret !== undefined && { hashUsersWith: secret }),
  };
}

/**
 * A secret that is named and has no value, as of a variable that is not set, is none that was left out: users would be kept
 * as they are, and nobody be told.
 *
 * @throws TelltaleError `invalid_option`
 */
export function checkSecret(at: string, given: Readonly<Record<string, unknown>>): string | undefined {
  if (!Object.hasOwn(given, 'hashUsersWith')) return undefined;
  const value = given['hashUsersWith'];
  if (typeof value === 'string' && value.length >= 16) return value;
  // The message must not show what may be a key.
  const got = value === undefined ? undefined : typeof value;
  throw invalidOption(`${at}.hashUsersWith`, 'a text of at least 16 characters', got);
}

/** @throws TelltaleError `invalid_option` */
export function checkStore(at: string, value: unknown): AuditStore {
  if (typeof value !== 'object' || value === null)
    throw invalidOption(at, 'a store of `fileAuditStore`', value);
  const { directory } = checkObject(at, value, ['directory']);
  return { directory: checkString(`${at}.directory`, directory) };
}
