import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../../../loadtest/usage-error.ts';
import type { AuditDimension } from '../../index.ts';
import { type Environment, readEnvironment } from '../shared/environment.ts';
import { readModels } from '../shared/known-models.ts';
import { dataDirectoryOf } from '../shared/session.ts';

export const costsHelp = `telltale costs [FOLDER] [options]

What calls have cost, from an audit folder: by model, user and day, what the cache saved, what was wasted and why, and
what a cheaper model or batches would have cost for the same usage.

  FOLDER               of fileAuditStore (default: that of the commands, audit in the data folder)

  --from DAY           the first UTC day, as 2026-11-01 (default: the oldest that is there)
  --to DAY             the last one (default: the newest)
  --by A,B             one table by these together: model, user, day, tag:NAME, endpoint, operation, asked
                       (model is the one that answered, asked the one that was asked for)
  -m, --model NAME     only calls of this model
  --what-if A,B        compare with these models (default: smaller ones of the same family)
  --batch              compare with batches too
  --json               output for programs: JSON
  --csv                the table of --by as CSV (default: by day, user and model)
  --data FOLDER        where the commands keep things (default: TELLTALE_DATA, or .telltale)
  --mock               what the commands did with --mock
  --env FILE           where variables are read from that are not set (default: .env, where there is one)
  -h, --help           this
`;

export interface CostsArguments {
  readonly directory: string;
  /** Whether somebody named the directory. */
  readonly isNamed: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly by: readonly AuditDimension[] | undefined;
  readonly model: string | undefined;
  readonly whatIf: readonly string[] | undefined;
  readonly hasBatch: boolean;
  readonly output: 'text' | 'json' | 'csv';
  readonly env: Environment;
}

const flags = {
  from: { type: 'string' },
  to: { type: 'string' },
  by: { type: 'string' },
  model: { type: 'string', short: 'm' },
  'what-if': { type: 'string' },
  batch: { type: 'boolean' },
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  data: { type: 'string' },
  mock: { type: 'boolean' },
  env: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * @returns undefined where help was asked for
 * @throws UsageError; what `parseArgs` throws
 */
export function readCostsArguments(args: readonly string[]): CostsArguments | undefined {
  const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
  if (values.help === true) return undefined;
  const { from, to, by, data, mock = false, json = false, csv = false } = values;
  const [folder, ...more] = positionals;
  if (more.length > 0) throw new UsageError('`telltale costs` reads one FOLDER.');
  if (folder !== undefined && (data !== undefined || mock))
    throw new UsageError('A FOLDER is read as it is: leave `--data` and `--mock` out.');
  if (json && csv) throw new UsageError('`--json` and `--csv` are one or the other.');
  for (const [flag, day] of [
    ['--from', from],
    ['--to', to],
  ] as const)
    if (day !== undefined) checkDay(flag, day);
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`\`--from\` is ${from}, which is after \`--to\`, ${to}.`);
  const env = readEnvironment(values.env);
  const whatIf = values['what-if'];
  return {
    directory:
      folder === undefined
        ? path.join(dataDirectoryOf({ mock, json, ...(data !== undefined && { data }) }, env), 'audit')
        : path.resolve(folder),
    isNamed: folder !== undefined,
    from,
    to,
    by: by === undefined ? undefined : readBy(by),
    model: values.model,
    whatIf: whatIf === undefined ? undefined : readModels('--what-if', whatIf),
    hasBatch: values.batch === true,
    output: json ? 'json' : csv ? 'csv' : 'text',
    env,
  };
}

function checkDay(flag: string, day: string): void {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN;
  // The 31st of February is parsed as the 3rd of March.
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(day)) return;
  throw new UsageError(`\`${flag}\` takes a day that exists, as 2026-11-28, and this is \`${day}\`.`);
}

const dimensions: Readonly<Record<string, AuditDimension>> = {
  model: 'sentModel',
  asked: 'model',
  user: 'user',
  day: 'day',
  endpoint: 'endpoint',
  operation: 'operation',
};

function readBy(text: string): readonly AuditDimension[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    if (/^tag:./s.test(name)) return name as `tag:${string}`;
    const dimension = Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
    if (dimension !== undefined) return dimension;
    throw new UsageError(
      `\`--by\` takes ${Object.keys(dimensions).join(', ')} and tag:NAME, with commas between, and this is \`${name}\`.`,
    );
  });
}

/** How people name what a row is told apart by. */
export function dimensionTitle(dimension: AuditDimension): string {
  const [title] = Object.entries(dimensions).find(([, one]) => one === dimension) ?? [dimension];
  return title;
}
