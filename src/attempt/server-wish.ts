/**
 * How long a server asks to wait, in milliseconds: `retry-after-ms`, else `retry-after` in seconds or as a date. Undefined
 * where it asks for nothing, or for something that is no wait: negative, zero, past, or no number and no date.
 */
export function serverWishMs(headers: Headers | undefined, epochMs: number): number | undefined {
  return (
    wait(number(headers?.get('retry-after-ms'))) ??
    wait(fromRetryAfter(headers?.get('retry-after') ?? '', epochMs))
  );
}

function fromRetryAfter(text: string, epochMs: number): number {
  const seconds = number(text);
  if (!Number.isNaN(seconds)) return seconds * 1_000;
  // `Date.parse` makes a date of nearly anything: only what begins like one is taken for one.
  return isDate.test(text.trim()) ? Date.parse(text) - epochMs : Number.NaN;
}

const isDate = /^(?:[A-Z][a-z]{2,8}, |\d{4}-\d{2}-\d{2}T)/;

function number(text: string | null | undefined): number {
  return /^[-+]?\d+(?:\.\d*)?$/.test(text?.trim() ?? '') ? Number(text) : Number.NaN;
}

function wait(waitMs: number): number | undefined {
  return waitMs > 0 ? waitMs : undefined;
}
