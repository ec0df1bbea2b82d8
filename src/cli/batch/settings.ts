import path from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { checkOneOf } from '../../check.ts';
import { batchEndpoints } from '../../patterns/batch/request.ts';
import type { BatchEndpoint } from '../../patterns/index.ts';
import { commonHelp, type OwnValues } from '../shared/common-options.ts';

export const flags = {
  out: { type: 'string', short: 'o' },
  endpoint: { type: 'string' },
  id: { type: 'string' },
  'queue-tokens': { type: 'string' },
  retry: { type: 'string' },
  'ask-above': { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  status: { type: 'boolean' },
  cancel: { type: 'boolean' },
  'keep-files': { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

export const help = `usage: telltale batch FILE.jsonl [OPTION ...]

Sends the requests of a file through the Batch API, at half the price: the provider answers within 24 hours.
A line is one of the API's own, {"custom_id", "method", "url", "body"}, or short: {"custom_id", "body"}, or the
body alone, {"input": "Hello"} or {"messages": [...]}. Any number of them: they are divided by the limits of the
API and by model. What fails in a way that may pass is asked again alone. The same command goes on where it
stopped, and sends nothing twice.

  -o, --out FILE       write the results there, one line each, as they come; those that it has already are not
                       written again, and a file of other work is refused (default: all of them to the standard
                       output)
  --endpoint PATH      such as /v1/responses (default: the url of the first line, or what its body looks like)
  --id NAME            the name of this work (default: made from the name and the content of the file)
  --queue-tokens N     the batch queue limit of your account, in tokens: batches are made no larger, and follow
                       each other (default: what does not fit is sent again later)
  --retry N            further batches for requests that fail in a way that may pass, from 0 to 9 (default: 2)
  --ask-above USD      ask first where it may cost more than this (default: 1)
  -y, --yes            do not ask
  --status             say how far it is, and end
  --cancel             cancel what has not ended, and write what was answered
  --keep-files         leave the uploaded input files at the provider
${commonHelp}

Results go to the standard output or to --out, everything else to the standard error. With --json the summary is
JSON: on the standard output with --out, else on the standard error, since the results are JSON lines already.
Where nobody can be asked (no terminal, or BATCH_MODE=true), what may cost more than --ask-above is not sent
without --yes. Ctrl-C ends the command and not the batch.

Exit code: 0 where every request succeeded, 1 where one failed for good, 2 for a wrong option or a wrong line,
130 after Ctrl-C.
`;

export interface BatchSettings {
  readonly file: string;
  readonly out: string | undefined;
  readonly endpoint: BatchEndpoint | undefined;
  readonly id: string | undefined;
  readonly queueTokens: number | undefined;
  readonly maxAttempts: number;
  readonly askAboveUsd: number;
  readonly isAgreed: boolean;
  readonly keepFiles: boolean;
  readonly action: 'run' | 'status' | 'cancel';
}

/** @throws UsageError; TelltaleError `invalid_option` */
export function readSettings(own: OwnValues<typeof flags>, files: readonly string[]): BatchSettings {
  const [file, second] = files;
  if (file === undefined)
    throw new UsageError('Give a FILE with requests, one JSON object a line. See --help.');
  if (second !== undefined)
    throw new UsageError(
      `Give one FILE: \`${second}\` is a second one. Put them together, or run them in turn.`,
    );
  const { out, endpoint, id } = own;
  if (out !== undefined && path.resolve(out) === path.resolve(file))
    throw new UsageError('`--out` is the file of the requests itself. Choose another one.');
  if (own.status && own.cancel) throw new UsageError('Give `--status` or `--cancel`, not both.');
  return {
    ...{ file, out, id },
    endpoint: endpoint === undefined ? undefined : checkOneOf('--endpoint', endpoint, batchEndpoints),
    queueTokens: wholeNumber('--queue-tokens', own['queue-tokens'], 1, Number.MAX_SAFE_INTEGER),
    maxAttempts: (wholeNumber('--retry', own.retry, 0, 9) ?? 2) + 1,
    askAboveUsd: dollars(own['ask-above'] ?? '1'),
    isAgreed: own.yes === true,
    keepFiles: own['keep-files'] === true,
    action: own.status ? 'status' : own.cancel ? 'cancel' : 'run',
  };
}

function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`\`${flag}\` needs a whole number ${range}, and got \`${text}\`.`);
}

function dollars(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`\`--ask-above\` needs an amount in USD, such as 2.5, and got \`${text}\`.`);
}
