import { checkObject, checkString, invalidOption } from '../../check.ts';
import { usdOfPico } from '../budget/exact-usd.ts';
import { type WastefulOutcome, wastefulOutcomes } from '../failed.ts';
import {
  type AuditCounts,
  type AuditDetail,
  addCounts,
  type CountName,
  countNames,
  noCounts,
} from './audit-counts.ts';
import { type AuditEntry, none, other } from './day-book.ts';

/** By what usage is told apart. `tag:feature` means the tag of that name. */
export type AuditDimension =
  | 'day'
  | 'user'
  | 'operation'
  | 'endpoint'
  | 'model'
  | 'sentModel'
  | `tag:${string}`;

/** Of an entry; a day is that of its book. */
const keyNames = ['user', 'operation', 'endpoint', 'model', 'sentModel'] as const;

function isKeyName(name: string): name is (typeof keyNames)[number] {
  return keyNames.some((one) => one === name);
}

/** Which days and calls an audit is asked about, and by what its rows are told apart. */
export interface AuditQuery {
  /** First UTC day, as `2026-11-28`. @default the oldest that is kept */
  readonly from?: string;
  /** Last UTC day. @default today */
  readonly to?: string;
  /** One row for each combination of these. With none there is one row for all. @default ['day'] */
  readonly by?: readonly AuditDimension[];
  /** Counts only calls of this user, operation and endpoint, of these models, with these tags. A user is named as in `callWith`, hashed or not. */
  readonly where?: {
    readonly user?: string;
    readonly operation?: string;
    readonly endpoint?: string;
    readonly model?: string;
    readonly sentModel?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

/** Usage and cost of some calls. A call counts on the UTC day on which it ended. */
export type AuditRow = {
  readonly day?: string;
  /** `_none` where no user was named; `_other` for what was too much to keep apart, here and in the next ones. */
  readonly user?: string;
  /** `chat`, `embeddings`, … as on spans. */
  readonly operation?: string;
  /** `chat`, `responses`, `embeddings`, … as in `Call`: what one operation may be asked for at. `other` for those of no model. */
  readonly endpoint?: string;
  /** The model that was asked for. */
  readonly model?: string;
  /**
   * The model that the call went to last, and so the one whose tokens and cost these are: another one where a budget or a
   * fallback put it in the place of that.
   */
  readonly sentModel?: string;
  /** Those that were asked by. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Calls that ended. */
  readonly calls: number;
  /** Those that ended as error, refused, truncated or empty. */
  readonly failed: number;
  /** Tokens are sums over the calls where they are known, estimates included. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Calls that may have used tokens that nobody told of. */
  readonly unknownTokenCalls: number;
  /** Over the calls whose cost is known: the number nearest to the exact sum. */
  readonly costUsd: number;
  /** Calls that may have cost something that is not known, and so is not in `costUsd`. */
  readonly unknownCostCalls: number;
  /** The part of `costUsd` that bought nothing usable. */
  readonly wastedUsd: number;
  /** Calls for text that set no `max_completion_tokens`, `max_output_tokens` or `max_tokens`. */
  readonly withoutOutputCap: number;
  /** Calls for text that took more than 10 s, waits for limits and between attempts not counted, and did not stream. */
  readonly longUnstreamed: number;
  /**
   * Calls that an older version counted, which kept none of the following three: these are over the other calls, and absent
   * where there are no others.
   */
  readonly undetailedCalls: number;
  /** Tokens written into the provider's prompt cache, where it says so. */
  readonly cacheWriteInputTokens?: number;
  /** What the provider's prompt cache saved, net of what was paid for writing into it, over the calls where that is known. */
  readonly cacheSavedUsd?: number;
  /** `wastedUsd` by how those calls ended. */
  readonly wastedUsdByOutcome?: Readonly<Record<WastefulOutcome, number>>;
};

export interface CheckedQuery {
  readonly from: string;
  readonly to: string;
  readonly by: readonly AuditDimension[];
  readonly where: NonNullable<AuditQuery['where']>;
}

/** @throws TelltaleError `invalid_option` */
export function checkQuery(value: unknown): CheckedQuery {
  const given = checkObject('query', value, ['from', 'to', 'by', 'where']);
  const from = given['from'] === undefined ? '0000-01-01' : checkDay('query.from', given['from']);
  const to = given['to'] === undefined ? '9999-12-31' : checkDay('query.to', given['to']);
  if (from > to) throw invalidOption('query.from', `a day no later than \`query.to\`, which is ${to}`, from);
  const { by = ['day'], where = {} } = given;
  if (!Array.isArray(by)) throw invalidOption('query.by', 'an array', by);
  const checkedWhere = checkObject('query.where', where, [...keyNames, 'tags']);
  const { tags = {} } = checkedWhere;
  for (const name of keyNames)
    if (checkedWhere[name] !== undefined) checkString(`query.where.${name}`, checkedWhere[name]);
  if (typeof tags !== 'object' || tags === null) throw invalidOption('query.where.tags', 'an object', tags);
  for (const [name, tag] of Object.entries(tags)) checkString(`query.where.tags.${name}`, tag);
  return { from, to, by: by.map(checkDimension), where: checkedWhere };
}

function checkDay(at: string, value: unknown): string {
  const isDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = isDay ? Date.parse(value) : Number.NaN;
  // The 31st of February is parsed as the 3rd of March.
  if (isDay && !Number.isNaN(time) && new Date(time).toISOString().startsWith(value)) return value;
  throw invalidOption(at, 'a UTC day such as 2026-11-28', value);
}

function checkDimension(value: unknown, at: number): AuditDimension {
  const isKnown = typeof value === 'string' && (value === 'day' || isKeyName(value) || /^tag:./s.test(value));
  if (isKnown) return value as AuditDimension;
  throw invalidOption(
    `query.by[${at}]`,
    "'day', 'user', 'operation', 'endpoint', 'model', 'sentModel' or 'tag:' and a name",
    value,
  );
}

interface Group {
  readonly values: readonly string[];
  readonly counts: AuditCounts;
}

/** Adds entries up to the rows of a query. */
export class AuditTable {
  readonly #query: CheckedQuery;
  readonly #groups = new Map<string, Group>();

  constructor(query: CheckedQuery) {
    this.#query = query;
  }

  add(day: string, entry: AuditEntry): void {
    const { from, to, by } = this.#query;
    if (day < from || day > to || !this.#isMeant(entry)) return;
    const values = by.map((dimension) => valueBy(dimension, day, entry));
    const name = JSON.stringify(values);
    const known = this.#groups.get(name);
    const group = known ?? { values, counts: noCounts() };
    if (!known) this.#groups.set(name, group);
    addCounts(group.counts, entry.counts);
  }

  /** In the order of what they are told apart by. */
  rows(): AuditRow[] {
    const groups = [...this.#groups.values()].sort((a, b) => compare(a.values, b.values));
    return groups.map(({ values, counts }) => rowOf(this.#query.by, values, counts));
  }

  #isMeant({ key }: AuditEntry): boolean {
    const { tags = {}, ...where } = this.#query.where;
    if (keyNames.some((name) => where[name] !== undefined && where[name] !== key[name])) return false;
    return Object.entries(tags).every(([name, value]) => tagOf(key.tags, name) === value);
  }
}

function valueBy(dimension: AuditDimension, day: string, { key }: AuditEntry): string {
  if (dimension === 'day') return day;
  if (isKeyName(dimension)) return key[dimension];
  return tagOf(key.tags, dimension.slice(4));
}

function tagOf(tags: AuditEntry['key']['tags'], name: string): string {
  if (!tags) return other;
  return Object.hasOwn(tags, name) ? (tags[name] ?? none) : none;
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [at, value] of a.entries()) {
    const otherValue = b[at] ?? '';
    if (value !== otherValue) return value < otherValue ? -1 : 1;
  }
  return 0;
}

function rowOf(by: readonly AuditDimension[], values: readonly string[], counts: AuditCounts): AuditRow {
  const named = by.map((dimension, at) => [dimension, values[at] ?? none] as const);
  const tags = named.flatMap(([dimension, value]) =>
    dimension.startsWith('tag:') ? [[dimension.slice(4), value] as const] : [],
  );
  const { costPicoUsd, wastedPicoUsd, detail } = counts;
  const numbers = Object.fromEntries(countNames.map((name) => [name, counts[name]])) as Record<
    CountName,
    number
  >;
  const { calls, failed, unknownCostCalls, withoutOutputCap, longUnstreamed, ...tokens } = numbers;
  return {
    ...Object.fromEntries(named.filter(([dimension]) => !dimension.startsWith('tag:'))),
    ...(tags.length > 0 && { tags: Object.fromEntries(tags) }),
    calls,
    failed,
    ...tokens,
    costUsd: usdOfPico(costPicoUsd),
    unknownCostCalls,
    wastedUsd: usdOfPico(wastedPicoUsd),
    withoutOutputCap,
    longUnstreamed,
    undetailedCalls: detail.unknownCalls,
    ...(detail.unknownCalls < calls && detailOf(detail)),
  };
}

function detailOf({ cacheWriteInputTokens, cacheSavedPicoUsd, wastedPicoUsdBy }: AuditDetail) {
  return {
    cacheWriteInputTokens,
    cacheSavedUsd: usdOfPico(cacheSavedPicoUsd),
    wastedUsdByOutcome: Object.fromEntries(
      wastefulOutcomes.map((outcome) => [outcome, usdOfPico(wastedPicoUsdBy[outcome])]),
    ) as Record<WastefulOutcome, number>,
  };
}
