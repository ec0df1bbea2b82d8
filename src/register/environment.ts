import { checkOneOf } from '../check.ts';
import type { ObserveOptions } from '../options.ts';

/**
 * The options of `observe` that the environment gives: `TELLTALE_STREAM_USAGE` is `ask` or `as-is`. An empty
 * variable counts as not set. Undefined when none is set.
 *
 * @throws TelltaleError `invalid_option` naming the variable.
 */
export function observeOptionsFrom(environment: NodeJS.ProcessEnv): ObserveOptions | undefined {
  const streamUsage = environment['TELLTALE_STREAM_USAGE'];
  if (streamUsage === undefined || streamUsage === '') return undefined;
  return { streamUsage: checkOneOf('TELLTALE_STREAM_USAGE', streamUsage, ['ask', 'as-is']) };
}
