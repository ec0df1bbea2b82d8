import type { Call } from '../call.ts';
import type { RequestOptions } from './doors.ts';

/** The options with the model to which the call goes, as copies: the caller's own objects are never touched. */
export function withSentModel(options: RequestOptions, { sentModel, request }: Call): RequestOptions {
  const { body, path } = options;
  if (sentModel === undefined || typeof body !== 'object' || body === null) return options;
  if ((body as { model?: unknown }).model === sentModel) return options;
  // At its first attempt, Azure's client has put the model that was asked for into the path. Without, it does so again.
  const isPlaced = path?.startsWith('/deployments/') && path.endsWith(request.route);
  return { ...options, ...(isPlaced && { path: request.route }), body: { ...body, model: sentModel } };
}
