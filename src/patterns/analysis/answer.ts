import type OpenAI from 'openai';
import type { TelltaleErrorCode } from '../../errors.ts';
import { asArray, asObject, asText } from '../../json.ts';
import { withoutKeys } from '../../outside-word.ts';

/** Why there is no answer that could be read. */
export type AnswerFault =
  /** It ended before its end, at `max_output_tokens`. */
  | 'truncated'
  /** Billed, with nothing to show. */
  | 'empty'
  /** The model, or the provider's filter, would not answer. */
  | 'refused'
  /** The provider could not make it. */
  | 'failed'
  /** It does not keep to the schema, also after it was asked to mend it. */
  | 'schema_mismatch';

export type ReadAnswer =
  | { readonly text: string }
  /** `why` goes on from "the answer". */
  | { readonly fault: AnswerFault; readonly why: string; readonly came: string };

/** The error code of each. */
export const codeOfFault: { readonly [F in AnswerFault]: TelltaleErrorCode } = {
  truncated: 'truncated',
  empty: 'empty',
  refused: 'job_failed',
  failed: 'job_failed',
  schema_mismatch: 'schema_mismatch',
};

/** The text of a response that has ended, or what is wrong with it. */
export function readAnswer(response: OpenAI.Responses.Response): ReadAnswer {
  const { text, refusal } = visible(response);
  const { status, usage, incomplete_details: incomplete, error } = response;
  const fault = (name: AnswerFault, why: string): ReadAnswer => ({ fault: name, why, came: text });
  if (refusal !== undefined) return { fault: 'refused', why: `was refused: ${refusal}`, came: refusal };
  if (status === 'failed')
    return fault('failed', `failed: ${withoutKeys(error?.message ?? 'the provider does not say why')}`);
  if (status === 'cancelled') return fault('failed', 'was cancelled');
  if (status === 'incomplete' && incomplete?.reason === 'content_filter')
    return fault('refused', 'was stopped by the content filter of the provider');
  if (text.trim() === '') {
    const reasoning = usage?.output_tokens_details?.reasoning_tokens ?? 0;
    const spent = usage ? `: ${reasoning} of ${usage.output_tokens} output tokens went into reasoning` : '';
    return fault('empty', `is empty${spent}`);
  }
  if (status === 'incomplete') {
    const tokens = usage ? ` after ${usage.output_tokens} output tokens` : '';
    return fault('truncated', `was cut off${tokens}`);
  }
  return { text };
}

/** What can be read of it: what `output_text` has, which is no part of what the API sends. */
function visible(response: OpenAI.Responses.Response): { text: string; refusal: string | undefined } {
  let text = '';
  let refusal: string | undefined;
  for (const item of asArray(response.output)) {
    for (const part of asArray(asObject(item)?.['content'])) {
      const content = asObject(part);
      if (content?.['type'] === 'output_text') text += asText(content['text']) ?? '';
      if (content?.['type'] === 'refusal') refusal = asText(content['refusal']) ?? '';
    }
  }
  return { text, refusal };
}
