import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { checkOneOf } from '../../check.ts';
import type { ReasoningEffort } from '../../patterns/index.ts';
import { type CommonOptions, commonHelp, type OwnValues } from '../shared/common-options.ts';

export const flags = {
  compare: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string', short: 'o' },
  focus: { type: 'string' },
  language: { type: 'string' },
  effort: { type: 'string' },
  concurrency: { type: 'string' },
  'part-tokens': { type: 'string' },
  'max-output-tokens': { type: 'string' },
  direct: { type: 'boolean' },
  'skip-failed': { type: 'boolean' },
  'ask-above': { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  fresh: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

export const help = `usage: telltale analyze FILE ... [OPTION ...]

Reads documents (text, Markdown, HTML, PDF) of any length, and reports on each: a summary, key points and
recommendations, with the places in the document that they stand on. What is done is kept: the same command
goes on where it stopped, and pays for nothing twice.

  --compare A,B        have these models analyse it, and put their reports, costs and times side by side
  --format FORMAT      markdown, json or html (default: by the name of --out; else text
                       at a terminal and markdown elsewhere)
  -o, --out FILE       write the report there, in place of an older one (default: to the standard output)
  --focus TEXT         what the report should look at
  --language NAME      the language of the report (default: the document's)
  --effort EFFORT      how much a reasoning model thinks: none, minimal, low, medium, high or xhigh
  --concurrency N      parts that are analysed at once (default: 4)
  --part-tokens N      tokens of the document that one call reads (default: 20000)
  --max-output-tokens N  the most that one answer may have, reasoning included (default: 16000)
  --direct             by ordinary calls, which the provider does not store (default: by background jobs,
                       which go on when this command is stopped)
  --skip-failed        report without the parts whose answers could not be used, and say which
  --ask-above USD      ask first where it may cost more than this (default: 1)
  -y, --yes            do not ask
  --fresh              forget what was done, and pay for all of it again
${commonHelp}

Where nobody can be asked (no terminal, or BATCH_MODE=true), what may cost more than --ask-above is not
begun without --yes.

Exit code: 0 where every document was analysed, 1 where one was not, 2 for a wrong option, 130 after Ctrl-C.
`;

export type Format = 'text' | 'markdown' | 'json' | 'html';

export interface AnalyzeSettings {
  readonly files: readonly [string, ...string[]];
  /** Those of `--compare`; undefined for the one of the session. */
  readonly compare: readonly string[] | undefined;
  /** Undefined where it depends on where it is shown. */
  readonly format: Exclude<Format, 'text'> | undefined;
  readonly out: string | undefined;
  readonly focus: string | undefined;
  readonly language: string | undefined;
  readonly effort: ReasoningEffort | undefined;
  readonly concurrency: number | undefined;
  readonly partTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly isDirect: boolean;
  readonly skipsFailed: boolean;
  readonly askAboveUsd: number;
  readonly isAgreed: boolean;
  readonly isFresh: boolean;
}

/** @throws UsageError; TelltaleError `invalid_option` */
export function readSettings(
  own: OwnValues<typeof flags>,
  files: readonly string[],
  { model, json }: Pick<CommonOptions, 'model' | 'json'>,
): AnalyzeSettings {
  const [first, ...others] = files;
  if (first === undefined) throw new UsageError('Name a file to analyse. See telltale analyze --help.');
  const compare = own.compare === undefined ? undefined : modelsOf(own.compare);
  if (compare && model !== undefined)
    throw new UsageError('`--compare` names the models: leave `--model` away.');
  if (json && own.out === undefined && own.format !== undefined && own.format !== 'json')
    throw new UsageError(
      '`--json` gives JSON: leave `--format` away, or name a file for the report with `--out`.',
    );
  const { effort } = own;
  return {
    // The same file twice is one report.
    files: [first, ...others.filter((file, at) => file !== first && others.indexOf(file) === at)],
    compare,
    format: formatOf(own.format, own.out),
    out: own.out === undefined ? undefined : checkOut(own.out, files),
    focus: own.focus,
    language: own.language,
    effort:
      effort === undefined
        ? undefined
        : checkOneOf<ReasoningEffort>('--effort', effort, [
            'none',
            'minimal',
            'low',
            'medium',
            'high',
            'xhigh',
          ]),
    concurrency: whole('--concurrency', own.concurrency, 1, 100),
    partTokens: whole('--part-tokens', own['part-tokens'], 500, 10_000_000),
    maxOutputTokens: whole('--max-output-tokens', own['max-output-tokens'], 500, 10_000_000),
    isDirect: own.direct === true,
    skipsFailed: own['skip-failed'] === true,
    askAboveUsd: dollars(own['ask-above'] ?? '1'),
    isAgreed: own.yes === true,
    isFresh: own.fresh === true,
  };
}

function modelsOf(text: string): readonly string[] {
  const models = text.split(',').map((name) => name.trim());
  if (models.length < 2 || models.includes(''))
    throw new UsageError('`--compare` takes at least two models, as in `--compare gpt-5-mini,gpt-5`.');
  if (new Set(models).size < models.length)
    throw new UsageError('`--compare` names a model twice: each has one report.');
  return models;
}

const extensions: Readonly<Record<string, Exclude<Format, 'text'>>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.json': 'json',
  '.html': 'html',
  '.htm': 'html',
};

function formatOf(format: string | undefined, out: string | undefined): AnalyzeSettings['format'] {
  if (format !== undefined)
    return checkOneOf<Exclude<Format, 'text'>>('--format', format, ['markdown', 'json', 'html']);
  return out === undefined ? undefined : (extensions[path.extname(out).toLowerCase()] ?? 'markdown');
}

/** It is looked at before anything is paid. */
function checkOut(out: string, files: readonly string[]): string {
  const file = path.resolve(out);
  const folder = path.dirname(file);
  if (!existsSync(folder))
    throw new UsageError(`There is no folder \`${folder}\` for \`--out\`: make it first.`);
  const there = existsSync(file) ? statSync(file) : undefined;
  if (there?.isDirectory()) throw new UsageError(`\`--out\` names a folder, \`${out}\`: name a file in it.`);
  if (there && files.some((one) => isSame(one, there)))
    throw new UsageError(
      `\`--out\` names a document, \`${out}\`, which the report would replace: name another.`,
    );
  try {
    accessSync(there ? file : folder, constants.W_OK);
  } catch {
    throw new UsageError(`\`--out\` names \`${out}\`, which cannot be written: name another file.`);
  }
  return file;
}

/** By what it is and not by its name: links and other ways to write a path lead to the same file. */
function isSame(file: string, other: Stats): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.ino === other.ino && stat.dev === other.dev;
}

function whole(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`\`${name}\` takes a whole number from ${least} to ${most}, and got \`${text}\`.`);
}

function dollars(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1e6) return value;
  throw new UsageError(`\`--ask-above\` takes an amount in USD, as 0.50, and got \`${text}\`.`);
}
