import type { Call } from '../call.ts';
import type { RequestOptions } from './doors.ts';

/** The options with the model to which the call goes, as copies: the caller's own objects are never touched. */
export function withSentModel(options: RequestOptions, { sentModel }: Call): RequestOptions {
  const { body } = options;
  if (sentModel === undefined || typeof body !== 'object' || body === null) return options;
  if ((body as { model?: unknown }).model === sentModel) return options;
  return { ...options, body: { ...body, model: sentModel } };
}
