import { errorBody } from '../error-bodies.ts';
import { goDuration } from '../headers.ts';
import type { LimitRefusal } from './gate.ts';
import { capacityOf, type Rule } from './rule.ts';

/** A request that its limit refused, in OpenAI's words. */
export function refusalBody(model: string | null, refusal: LimitRefusal): string {
  const { rule, used, requested, saidMs } = refusal;
  const limit = Math.floor(capacityOf(rule));
  const subject = `${model ?? 'default'}${limitName(rule, model)} in organization org-telltale-mock on ${dimensionOf(rule)}`;
  const what =
    saidMs === undefined
      ? `Request too large for ${subject}: Limit ${limit}, Requested ${requested}. ` +
        'The input or output tokens must be reduced in order to run successfully.'
      : `Rate limit reached for ${subject}: Limit ${limit}, Used ${used}, Requested ${requested}. ` +
        `Please try again in ${goDuration(saidMs)}.`;
  return errorBody({
    message: `${what} Visit https://platform.openai.com/account/rate-limits to learn more.`,
    type: rule.unit,
    code: 'rate_limit_exceeded',
  });
}

/** OpenAI names the limit where the model falls under one of another name. */
function limitName({ limit: { models } }: Rule, model: string | null): string {
  if (models === undefined || (models.length === 1 && models[0] === model)) return '';
  return ` (for limit ${models.join(', ')})`;
}

const periods: Readonly<Record<number, readonly [name: string, letter: string]>> = {
  1000: ['sec', 'S'],
  60000: ['min', 'M'],
  3600000: ['hour', 'H'],
  86400000: ['day', 'D'],
};

/** `tokens per min (TPM)`; a time without a name is told as it is. */
function dimensionOf({ unit, heldMs }: Rule): string {
  const period = periods[heldMs];
  if (period === undefined) return `${unit} per ${goDuration(heldMs)}`;
  const [name, letter] = period;
  return `${unit} per ${name} (${unit === 'requests' ? 'R' : 'T'}P${letter})`;
}
