import type { Attributes, Span } from '@opentelemetry/api';
import type { Call } from '../call.ts';
import type { RecordedContent } from '../observer.ts';
import type { RecordedToolContent } from '../tool-tracer.ts';
import { attr, spanEvent } from './semconv.ts';

/** Puts what was said on the call's span: what is empty has no attribute. */
export function recordContent(span: Span, call: Call, content: RecordedContent): void {
  const attributes: Attributes = { [attr.contentMode]: content.mode };
  if (content.inputMessages !== undefined) attributes[attr.inputMessages] = content.inputMessages;
  if (content.outputMessages !== undefined) attributes[attr.outputMessages] = content.outputMessages;
  if (content.systemInstructions !== undefined)
    attributes[attr.systemInstructions] = content.systemInstructions;
  if (content.toolDefinitions !== undefined) attributes[attr.toolDefinitions] = content.toolDefinitions;
  if (content.cutBytes > 0) attributes[attr.contentCutBytes] = content.cutBytes;
  span.setAttributes(attributes);
  if (!content.error) return;
  // Without its stack, which repeats the message and tells paths of the machine.
  const { name, message } = content.error;
  span.addEvent(
    spanEvent.exception,
    { [attr.exceptionType]: name, [attr.exceptionMessage]: message },
    call.endedMs,
  );
}

/** Puts what was said to a tool and by it on the tool's span. */
export function recordToolContent(span: Span, content: RecordedToolContent): void {
  const attributes: Attributes = { [attr.contentMode]: content.mode };
  if (content.arguments !== undefined) attributes[attr.toolCallArguments] = content.arguments;
  if (content.result !== undefined) attributes[attr.toolCallResult] = content.result;
  if (content.cutBytes > 0) attributes[attr.contentCutBytes] = content.cutBytes;
  span.setAttributes(attributes);
}
