import { asObject } from '../../json.ts';

/** The provider does not have it, or not any more: a conversation, a response, or the one that was built upon. */
export function isGone(error: unknown): boolean {
  const { status, code } = asObject(error) ?? {};
  return (
    (status === 404 && code !== 'model_not_found') ||
    code === 'previous_response_not_found' ||
    code === 'conversation_not_found'
  );
}

/** Another response is being made in the conversation. */
export function isLocked(error: unknown): boolean {
  return asObject(error)?.['code'] === 'conversation_locked';
}

/** What was sent is longer than the model can read. */
export function isTooLong(error: unknown): boolean {
  const { code, cause } = asObject(error) ?? {};
  return code === 'context_length_exceeded' || asObject(cause)?.['code'] === 'context_length_exceeded';
}
