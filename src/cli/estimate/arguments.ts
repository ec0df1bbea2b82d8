import { parseArgs } from 'node:util';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { type Environment, readEnvironment } from '../shared/environment.ts';
import { cheaperThan, checkModel, listedPrice, readModels, tableModels } from '../shared/known-models.ts';
import { defaultModel } from '../shared/session.ts';

export const estimateHelp = `telltale estimate [TEXT | FILE | -] [options]

What a request would cost, model by model, before anything is sent. Nobody is asked, so no key is needed.

  TEXT                 a prompt
  FILE                 a document (text, Markdown, HTML, PDF), or requests as \`telltale batch\` takes them (.jsonl),
                       which are added up
  -                    either of these from the standard input

  -m, --model A,B,C    the models (default: OPENAI_MODEL, or gpt-5-mini, and smaller ones of its family;
                       of a .jsonl, those that its requests name)
  --all                every model that has a price
  --max-output N       the most tokens that an answer may have (default: what the request names)
  --output N           the tokens that an answer is likely to have, reasoning included
  --requests N         how often it is asked a day: shows a day and a month of 30 days
  --batch              show what it would cost in batches
  --cached PERCENT     the part of the prompt that comes from the provider's prompt cache, from 0 to 100
  --json               output for programs: JSON
  --mock               changes nothing: no provider is asked without it either
  --env FILE           where variables are read from that are not set (default: .env, where there is one)
  -h, --help           this

Tokens are estimated: likely is one for every four characters, and the most is what a budget would reserve.
`;

export interface EstimateArguments {
  readonly words: readonly string[];
  /** Undefined where nobody said. */
  readonly models: readonly string[] | undefined;
  /** Of requests that name none. */
  readonly model: string;
  readonly maxOutputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly requestsPerDay: number | undefined;
  readonly hasBatch: boolean;
  /** From 0 to 1. */
  readonly cachedShare: number;
  readonly json: boolean;
  readonly env: Environment;
}

const flags = {
  model: { type: 'string', short: 'm' },
  all: { type: 'boolean' },
  'max-output': { type: 'string' },
  output: { type: 'string' },
  requests: { type: 'string' },
  batch: { type: 'boolean' },
  cached: { type: 'string' },
  json: { type: 'boolean' },
  // The other commands have it, and it is true here as well.
  mock: { type: 'boolean' },
  env: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * @returns undefined where help was asked for
 * @throws UsageError; what `parseArgs` throws
 */
export function readEstimateArguments(args: readonly string[]): EstimateArguments | undefined {
  const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
  if (values.help === true) return undefined;
  const { model: named, all } = values;
  if (named !== undefined && all === true)
    throw new UsageError('`--model` and `--all` are one or the other.');
  const env = readEnvironment(values.env);
  return {
    words: positionals,
    models: named !== undefined ? readModels('--model', named) : all === true ? billedByTokens() : undefined,
    model: env['OPENAI_MODEL'] ?? defaultModel,
    maxOutputTokens: countOf('--max-output', values['max-output'], 0),
    outputTokens: countOf('--output', values.output, 0),
    requestsPerDay: countOf('--requests', values.requests, 1),
    hasBatch: values.batch === true,
    cachedShare: shareOf(values.cached),
    json: values.json === true,
    env,
  };
}

/**
 * The models of a prompt, where nobody said which.
 *
 * @throws UsageError for one without a price
 */
export function usualModels(model: string): readonly string[] {
  checkModel('OPENAI_MODEL', model);
  return [model, ...cheaperThan(model)].slice(0, 4);
}

function billedByTokens(): readonly string[] {
  return tableModels.filter((name) => listedPrice(name)?.audioMinuteUsd === undefined);
}

function countOf(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least) return count;
  throw new UsageError(
    `\`${flag}\` takes a whole number from ${least} to 999999999, and this is \`${text}\`.`,
  );
}

function shareOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const percent = /^\d{1,3}(\.\d+)?%?$/.test(text) ? Number(text.replace('%', '')) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw new UsageError(`\`--cached\` takes a percentage from 0 to 100, and this is \`${text}\`.`);
}
