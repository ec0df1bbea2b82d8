import type { Context } from '@opentelemetry/api';
import { createTag } from '../tag.ts';

/** The caller's context with a call's span in it, for whoever reports on the call apart from its span. */
export const contextOfCall = createTag<Context>();
