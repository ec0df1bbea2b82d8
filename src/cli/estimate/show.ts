import { countText, percentText, usdText } from '../shared/figures-text.ts';
import { pricesAsOf } from '../shared/known-models.ts';
import { type Column, tableLines, wrapped } from '../shared/table.ts';
import type { EstimateArguments } from './arguments.ts';
import type { ModelEstimate, Range } from './estimate-models.ts';
import type { Input } from './read-input.ts';

export const daysPerMonth = 30;

/** The estimates as text for people. */
export function showEstimates(
  input: Input,
  estimates: readonly ModelEstimate[],
  settings: EstimateArguments,
  columns: number,
): string {
  const shown = columnsFor(estimates, settings, input.kind === 'requests');
  const rows = estimates.map((estimate) => shown.map(({ cell }) => cell(estimate)));
  const lines = [
    ...wrapped(titleOf(input, estimates, settings), columns),
    '',
    ...tableLines(shown, rows, columns),
    '',
    ...notesOf(estimates, settings).flatMap((note) => wrapped(note, columns, '  ')),
  ];
  return `${lines.join('\n')}\n`;
}

interface ShownColumn extends Column {
  readonly cell: (estimate: ModelEstimate) => string;
}

function columnsFor(
  estimates: readonly ModelEstimate[],
  settings: EstimateArguments,
  areRequests: boolean,
): readonly ShownColumn[] {
  const { requestsPerDay: perDay, hasBatch, cachedShare } = settings;
  const right = (title: string, cell: ShownColumn['cell']): ShownColumn => ({ title, align: 'right', cell });
  const hasLikely = estimates.some(({ usd }) => usd?.likely !== undefined);
  const priced = (estimate: ModelEstimate, text: (usd: Range) => string): string =>
    estimate.usd === undefined ? 'unknown' : text(estimate.usd);
  return [
    { title: 'model', cell: ({ model }) => model },
    ...(areRequests ? [right('requests', ({ requests }) => countText(requests))] : []),
    right('tokens in', ({ inputTokens }) => countText(inputTokens.likely)),
    right('least', (estimate) => priced(estimate, ({ least }) => usdText(least))),
    ...(hasLikely ? [right('likely', (estimate) => usdText(estimate.usd?.likely))] : []),
    right('most', (estimate) =>
      priced(estimate, ({ most }) => (most === undefined ? 'no bound' : usdText(most))),
    ),
    ...(hasBatch ? [right('in batches', ({ batchUsd }) => rangeText(batchUsd))] : []),
    ...(cachedShare > 0 ? [right('cache saves', ({ cacheSavesUsd }) => usdText(cacheSavesUsd))] : []),
    ...(perDay === undefined
      ? []
      : [
          right('a day', ({ usd }) => rangeText(usd, perDay)),
          right('a month', ({ usd }) => rangeText(usd, perDay * daysPerMonth)),
        ]),
  ];
}

/** `$1.20 – $3.40`, the likely alone where it is known, or `from $1.20`. */
function rangeText(usd: Range | undefined, times = 1): string {
  if (usd === undefined) return 'unknown';
  if (usd.likely !== undefined) return usdText(usd.likely * times);
  const least = usdText(usd.least * times);
  if (usd.most === undefined) return `from ${least}`;
  const most = usdText(usd.most * times);
  return least === most ? least : `${least} – ${most}`;
}

function titleOf(
  { kind, name }: Input,
  estimates: readonly ModelEstimate[],
  { requestsPerDay, cachedShare }: EstimateArguments,
): string {
  const what =
    kind === 'requests'
      ? `All requests of ${name ?? 'the file'} together`
      : kind === 'document'
        ? `One request with all of ${name ?? 'the document'}`
        : 'One request with this text';
  const often = requestsPerDay === undefined ? '' : `, ${countText(requestsPerDay)} times a day`;
  const cached = cachedShare === 0 ? '' : `, ${percentText(cachedShare)} of the prompt from the cache`;
  const [first] = estimates;
  const most =
    kind === 'requests' || !first ? '' : ` (at most ${countText(first.inputTokens.most)} tokens in)`;
  return `${what}${most}${often}${cached}. Prices of ${pricesAsOf}.`;
}

function notesOf(estimates: readonly ModelEstimate[], { hasBatch }: EstimateArguments): readonly string[] {
  const some = (isOne: (estimate: ModelEstimate) => boolean): boolean => estimates.some(isOne);
  const byTime = estimates.filter(({ unpriced }) => unpriced === 'time').map(({ model }) => model);
  return [
    'Least: the likely prompt, and an answer without a token. Most: the largest prompt and the longest answer, nothing from the cache.',
    ...(some(({ usd }) => usd !== undefined && usd.most === undefined)
      ? [
          'No bound: nothing says how long an answer may be. Set a maximum in the request, or try --max-output 2000.',
        ]
      : []),
    ...(byTime.length > 0 ? [`Unknown: ${byTime.join(', ')} is billed by the minute of sound.`] : []),
    ...(hasBatch && some(({ batchUsd, usd }) => usd !== undefined && batchUsd === undefined)
      ? ['In batches unknown: the price table has no price for batches of that model.']
      : []),
  ];
}
