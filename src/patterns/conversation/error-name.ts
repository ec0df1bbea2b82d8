import { asObject, asString } from '../../json.ts';

/** What is kept of an error: its code or its class, never its message, which may quote a prompt. */
export function errorName(error: unknown): string {
  return (
    asString(asObject(error)?.['code']) ??
    (error as { constructor?: { name?: string } } | null)?.constructor?.name ??
    '_OTHER'
  );
}
