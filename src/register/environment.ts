import { checkOneOf } from '../check.ts';
import { numberIn, variable } from '../node/variables.ts';
import type { ObserveOptions } from '../options.ts';

const contentModes = ['none', 'redacted', 'full'] as const;
const leastBytes = { min: 1024, integer: true } as const;

/**
 * The options of `observe` that the environment gives: `TELLTALE_STREAM_USAGE` is `ask` or `as-is`,
 * `TELLTALE_CONTENT` is `none`, `redacted` or `full`, `TELLTALE_CONTENT_MAX_BYTES` is a number. An empty variable
 * counts as not set. Undefined when none is set.
 *
 * @throws TelltaleError `invalid_option` naming the variable.
 */
export function observeOptionsFrom(environment: NodeJS.ProcessEnv): ObserveOptions | undefined {
  const streamUsage = variable(environment, 'TELLTALE_STREAM_USAGE');
  const content = contentFrom(environment);
  const contentMaxBytes = numberIn(environment, 'TELLTALE_CONTENT_MAX_BYTES', leastBytes);
  const options: ObserveOptions = {
    ...(streamUsage !== undefined && {
      streamUsage: checkOneOf('TELLTALE_STREAM_USAGE', streamUsage, ['ask', 'as-is']),
    }),
    ...(content !== undefined && { content }),
    ...(contentMaxBytes !== undefined && { contentMaxBytes }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

/**
 * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` is the switch that OpenTelemetry's own packages have. Whoever
 * set it to have content on spans gets it, but redacted, because it may have been set for another program; it wants
 * `TELLTALE_CONTENT=full` to have all. Content in events alone is nothing that Telltale has, so that value asks for
 * nothing here.
 */
function contentFrom(environment: NodeJS.ProcessEnv): ObserveOptions['content'] {
  const own = variable(environment, 'TELLTALE_CONTENT');
  if (own !== undefined) return checkOneOf('TELLTALE_CONTENT', own, contentModes);
  const shared = variable(environment, 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT');
  return /^(?:true|span_only|span_and_event)$/i.test(shared ?? '') ? 'redacted' : undefined;
}
