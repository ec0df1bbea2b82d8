import type { Core } from './core.ts';
import type { RequestOptions } from './doors.ts';

/**
 * The options of a streamed chat with `stream_options.include_usage` added, as copies: the caller's own objects are
 * never touched. Undefined where nothing is to be added.
 */
export function askForUsage(
  core: Core,
  options: RequestOptions,
  baseURL: string | undefined,
): RequestOptions | undefined {
  if (core.streamUsage !== 'ask' || options.stream !== true || core.refusesStreamOptions.has(baseURL ?? ''))
    return undefined;
  if (options.method !== 'post' || options.path !== '/chat/completions') return undefined;
  const { body } = options;
  if (typeof body !== 'object' || body === null) return undefined;
  const asked: unknown = (body as { stream_options?: unknown }).stream_options;
  if (asked !== undefined && asked !== null && typeof asked !== 'object') return undefined;
  if (asked && 'include_usage' in asked) return undefined;
  return { ...options, body: { ...body, stream_options: { ...asked, include_usage: true } } };
}

/** True when the provider turned the request down because of the field that was added. */
export function refusesStreamOptions(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { status, message, param } = error as { status?: unknown; message?: unknown; param?: unknown };
  return (
    (status === 400 || status === 422) &&
    /stream_options|include_usage/.test(`${String(message)} ${String(param)}`)
  );
}
