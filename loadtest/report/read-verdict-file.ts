import { readFileSync, statSync } from 'node:fs';
import { asArray, asObject } from '../../src/json.ts';
import { UsageError } from '../usage-error.ts';
import { schemaVersion, type VerdictFile } from './verdict-file.ts';

/** Many times what the longest run writes. */
const largestBytes = 64 * 2 ** 20;

/**
 * Reads the `verdict.json` of an earlier run.
 *
 * @throws UsageError where the file cannot be read, is none, or is of another version of the schema.
 */
export function readVerdictFile(file: string): VerdictFile {
  let text: string;
  try {
    const stat = statSync(file);
    // A pipe would be waited for, perhaps for ever.
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > largestBytes) throw new Error(`it is larger than ${largestBytes / 2 ** 20} MiB`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `\`--compare\` cannot read \`${file}\`: ${error instanceof Error ? error.message : error}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(
      `Expected \`--compare\` to be the verdict.json of an earlier run, \`${file}\` is no JSON.`,
    );
  }
  const version = asObject(value)?.['schemaVersion'];
  if (version === undefined) {
    throw new UsageError(
      `Expected \`--compare\` to be the verdict.json of an earlier run, \`${file}\` has no \`schemaVersion\`.`,
    );
  }
  if (version !== schemaVersion) {
    throw new UsageError(
      `\`${file}\` is of schema version ${JSON.stringify(version)?.slice(0, 40)}, this load test reads version ${schemaVersion}: write it anew with this version.`,
    );
  }
  const fault = faultIn(value, verdictShape, '');
  if (fault !== undefined) {
    throw new UsageError(`\`${file}\` is a broken verdict.json: ${fault}.`);
  }
  return value as VerdictFile;
}

/** What the comparison reads of the file; whatever else is in it is nobody's concern here. */
type Shape =
  | 'text'
  | 'number'
  | 'number or null'
  | 'true or false'
  | { readonly listOf: Shape }
  | { readonly orNull: Shape }
  | { readonly [name: string]: Shape };

const spread = {
  p50Ms: 'number',
  p90Ms: 'number',
  p95Ms: 'number',
  p99Ms: 'number',
  maxMs: 'number',
} as const;

const verdictShape = {
  verdict: 'text',
  partial: 'true or false',
  scenario: 'text',
  seed: 'number',
  startedAt: 'text',
  durationMs: 'number',
  offeredPerSecond: { json: 'number', streams: 'number' },
  machine: 'text',
  serviceLevel: { wholeMs: 'number', firstTokenMs: 'number' },
  invariants: { listOf: { id: 'text', difference: 'number' } },
  phases: {
    listOf: {
      name: 'text',
      offered: 'number',
      goodShare: 'number or null',
      succeededShare: 'number or null',
      requestsPerCall: 'number or null',
      backoffMs: 'number or null',
      throttleMs: 'number or null',
      costUsd: 'number or null',
      wasted: { tokens: 'number or null' },
      kinds: {
        listOf: { kind: 'text', whole: spread, firstChunk: { orNull: spread }, chunkGap: { orNull: spread } },
      },
    },
  },
  recoveries: { listOf: { phase: 'text', state: 'text', afterMs: 'number or null' } },
  generator: { dropped: 'number or null' },
} as const satisfies Shape;

/** The first place that is not as it must be, in words; undefined where there is none. */
function faultIn(value: unknown, shape: Shape, path: string): string | undefined {
  if (typeof shape === 'string') return isOf(value, shape) ? undefined : `\`${path}\` must be ${shape}`;
  if ('orNull' in shape) return value === null ? undefined : faultIn(value, shape['orNull'] as Shape, path);
  if ('listOf' in shape) {
    if (!Array.isArray(value)) return `\`${path}\` must be a list`;
    return firstOf(asArray(value), (item, index) =>
      faultIn(item, shape['listOf'] as Shape, `${path}[${index}]`),
    );
  }
  const object = asObject(value);
  if (!object) return `\`${path}\` must be an object`;
  return firstOf(Object.entries(shape), ([name, inner]) =>
    faultIn(object[name], inner, path === '' ? name : `${path}.${name}`),
  );
}

function isOf(value: unknown, shape: 'text' | 'number' | 'number or null' | 'true or false'): boolean {
  if (shape === 'text') return typeof value === 'string';
  if (shape === 'true or false') return typeof value === 'boolean';
  return (
    (value === null && shape === 'number or null') || (typeof value === 'number' && Number.isFinite(value))
  );
}

function firstOf<T>(
  items: readonly T[],
  of: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = of(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
