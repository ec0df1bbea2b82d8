import { type AuditCounts, noCounts } from './audit-counts.ts';

/** For whom, and what, a call was. */
export interface AuditKey {
  readonly user: string;
  readonly operation: string;
  /** `_none` in what was written before it was kept apart. */
  readonly endpoint: string;
  /** The model that was asked for. */
  readonly model: string;
  /** The model that it went to last. */
  readonly sentModel: string;
  /** Undefined for the calls that are counted together. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export interface AuditEntry {
  readonly key: AuditKey;
  readonly counts: AuditCounts;
}

/** Stands where a call has no user, no model or no such tag. */
export const none = '_none';
/** Stands for everything that was too much to keep apart. */
export const other = '_other';

const otherKey: AuditKey = {
  user: other,
  operation: other,
  endpoint: other,
  model: other,
  sentModel: other,
  tags: undefined,
};
/** Names of users and models are texts of somebody else's; what is longer is counted with the others. */
const longestName = 256;

/** What a process counted in one day, in bounded memory. */
export class DayBook {
  /** As `2026-11-28`, in UTC. */
  readonly day: string;
  readonly entries = new Map<string, AuditEntry>();
  /** Those that changed since they were written. */
  readonly changed = new Set<AuditEntry>();
  readonly #maxKeys: number;

  constructor(day: string, maxKeys: number) {
    this.day = day;
    this.#maxKeys = maxKeys;
  }

  get hasOthers(): boolean {
    return this.entries.has(other);
  }

  /** Where a call belongs. The same key gives the same entry all day, or the others. */
  entryOf(key: AuditKey): AuditEntry {
    const name = nameOf(key);
    const known = this.entries.get(name);
    if (known) return known;
    const isTooLong = [key.user, key.model, key.sentModel].some(({ length }) => length > longestName);
    if (name !== other && (isTooLong || this.entries.size - (this.hasOthers ? 1 : 0) >= this.#maxKeys))
      return this.entryOf(otherKey);
    const entry: AuditEntry = { key, counts: noCounts() };
    this.entries.set(name, entry);
    return entry;
  }
}

export function nameOf({ user, operation, endpoint, model, sentModel, tags }: AuditKey): string {
  if (!tags) return other;
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([user, operation, model, sorted, sentModel, endpoint]);
}

/** The UTC day, as `2026-11-28`. */
export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

export function daysBefore(day: string, days: number): string {
  return dayOf(Date.parse(day) - days * 86_400_000);
}
