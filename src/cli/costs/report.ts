import { statSync } from 'node:fs';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import { nearest } from '../../check.ts';
import {
  type AuditDimension,
  type AuditQuery,
  type AuditReading,
  type AuditRow,
  fileAuditStore,
  readAudit,
} from '../../index.ts';
import { plain } from '../shared/terminal.ts';
import type { CostsArguments } from './arguments.ts';
import { type Hint, hintsOf } from './hints.ts';
import { type Comparison, compare, unpricedModels } from './what-if.ts';

/** Rows by some dimensions, those that cost most first; those of days in their order. */
export interface CostTable {
  readonly by: readonly AuditDimension[];
  readonly rows: readonly AuditRow[];
}

/** What the audit says of what was spent. */
export interface CostReport {
  readonly directory: string;
  /** The first and the last day on which there was a call. */
  readonly days: { readonly first: string; readonly last: string };
  readonly total: AuditRow;
  readonly tables: readonly CostTable[];
  /** Models with calls whose tokens are known and whose price is not. */
  readonly unpriced: readonly { readonly model: string; readonly calls: number }[];
  readonly comparisons: readonly Comparison[];
  readonly hints: readonly Hint[];
  readonly corrupt: AuditReading['corrupt'];
}

export const csvBy: readonly AuditDimension[] = ['day', 'user', 'sentModel'];

/** @throws RunFailure where there is no such folder, or no call in it: it says what to do */
export async function reportCosts(settings: CostsArguments): Promise<CostReport> {
  const { directory, whatIf, hasBatch } = settings;
  checkDirectory(settings);
  const store = fileAuditStore(directory);
  const query = (by: readonly AuditDimension[]): Promise<AuditReading> =>
    readAudit(store, queryOf(settings, by));
  const { rows: totals, corrupt } = await query([]);
  const [total] = totals;
  if (!total) {
    const { rows: others } = await readAudit(
      store,
      queryOf({ ...settings, model: undefined }, ['sentModel']),
    );
    const models = others.map(({ sentModel = '' }) => sentModel);
    throw new RunFailure(nothingIn(settings, corrupt, models));
  }
  const { rows: byDay } = await query(['day']);
  const { rows: byModel } = await query(['sentModel', 'endpoint']);
  return {
    directory,
    days: { first: byDay[0]?.day ?? '', last: byDay.at(-1)?.day ?? '' },
    total,
    tables: await tablesOf(settings, byDay, async (by) => (await query(by)).rows),
    unpriced: unpricedModels(byModel),
    comparisons: compare(byModel, { whatIf, hasBatch }),
    hints: hintsOf(total, byModel),
    corrupt,
  };
}

async function tablesOf(
  { by }: CostsArguments,
  byDay: readonly AuditRow[],
  rowsBy: (by: readonly AuditDimension[]) => Promise<readonly AuditRow[]>,
): Promise<readonly CostTable[]> {
  if (by) return [{ by, rows: sorted(by, await rowsBy(by)) }];
  const users = await rowsBy(['user']);
  return [
    { by: ['sentModel'], rows: sorted(['sentModel'], await rowsBy(['sentModel'])) },
    // Where nobody was named there is nobody to tell apart.
    ...(users.some(({ user }) => user !== '_none')
      ? [{ by: ['user'], rows: sorted(['user'], users) } as const]
      : []),
    ...(byDay.length > 1 ? [{ by: ['day'], rows: byDay } as const] : []),
  ];
}

function sorted(by: readonly AuditDimension[], rows: readonly AuditRow[]): readonly AuditRow[] {
  if (by.includes('day')) return rows;
  return rows.toSorted((a, b) => b.costUsd - a.costUsd || b.unknownCostCalls - a.unknownCostCalls);
}

function queryOf({ from, to, model }: CostsArguments, by: readonly AuditDimension[]): AuditQuery {
  return {
    by,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(model !== undefined && { where: { sentModel: model } }),
  };
}

function checkDirectory({ directory, isNamed }: CostsArguments): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found)
    throw new RunFailure(`\`${directory}\` is no folder: name the one that fileAuditStore was given.`);
  throw new RunFailure(
    isNamed
      ? `There is no folder \`${directory}\`: name the one that fileAuditStore was given.`
      : `No command has called a model yet: there is no \`${directory}\`. Name the FOLDER that fileAuditStore was given, or --data; --mock shows what was tried with it.`,
  );
}

/** @param models that calls of these days went to */
function nothingIn(
  { directory, from, to, model }: CostsArguments,
  corrupt: AuditReading['corrupt'],
  models: readonly string[],
): string {
  const asked = [
    ...(model === undefined ? [] : [`of ${model}`]),
    ...(from === undefined ? [] : [`from ${from} on`]),
    ...(to === undefined ? [] : [`until ${to}`]),
  ].join(' ');
  if (corrupt.length > 0)
    return `Nothing in \`${directory}\` can be read: its files are damaged, or are none that Telltale wrote.`;
  const near = model === undefined ? undefined : nearest(model, models);
  const few = models.slice(0, 5).join(', ');
  const known = models.length === 0 ? '' : ` There are calls of ${few}${models.length > 5 ? ', …' : ''}.`;
  const hint = near === undefined ? known : ` Did you mean \`${near}\`?`;
  if (asked !== '') return plain(`No call ${asked} is in \`${directory}\`.${hint}`);
  return `There is no audit in \`${directory}\`: observe a client with audit: { store: fileAuditStore(…) }, call something, and try again.`;
}
