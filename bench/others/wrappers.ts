import type { Wrapper } from './wrapper.ts';
import { arize } from './wrappers/arize.ts';
import { braintrust } from './wrappers/braintrust.ts';
import { langfuse } from './wrappers/langfuse.ts';
import { langsmith } from './wrappers/langsmith.ts';
import { nothing } from './wrappers/nothing.ts';
import { opentelemetry } from './wrappers/opentelemetry.ts';
import { posthog } from './wrappers/posthog.ts';
import { sentry } from './wrappers/sentry.ts';
import { telltale } from './wrappers/telltale.ts';
import { traceloop } from './wrappers/traceloop.ts';

/** Everything that is measured, in the order of the table. */
export const wrappers: readonly Wrapper[] = [
  nothing,
  telltale,
  opentelemetry,
  arize,
  traceloop,
  langfuse,
  sentry,
  langsmith,
  braintrust,
  posthog,
];
