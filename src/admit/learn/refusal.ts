import { parseDuration } from './duration.ts';
import type { HeadersLike } from './rate-limit-headers.ts';

/** Why a provider turned a call away. */
export const refusalKinds = [
  /** Come again later. */
  'rate_limit',
  /** Larger than the limit: it never succeeds. */
  'oversize',
  /** Money has run out: it does not succeed until somebody pays. */
  'insufficient_quota',
  /** Under the limits, but asking for more too fast. */
  'slow_down',
  /** The provider's own trouble. */
  'overloaded',
] as const;

/** What a provider refused a request for. */
export type RefusalKind = (typeof refusalKinds)[number];

/** What an answer with 429 or 503 says. All but the kind are undefined where it does not say. */
export interface ProviderRefusal {
  readonly kind: RefusalKind;
  /** As OpenAI abbreviates it. */
  readonly dimension: 'RPM' | 'TPM' | 'RPD' | 'TPD' | undefined;
  readonly unit: 'requests' | 'tokens' | undefined;
  readonly windowMs: number | undefined;
  readonly limit: number | undefined;
  readonly used: number | undefined;
  readonly requested: number | undefined;
  /** How long to wait: by `retry-after-ms`, else by `retry-after`, else by the text. */
  readonly retryMs: number | undefined;
}

/** More is never read of a message: the texts are shorter, and a message may hold what the user sent. */
const longestMessage = 2_000;

const outOfMoney = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'billing_hard_limit_reached',
];

const windows: Readonly<Record<string, number>> = {
  second: 1_000,
  sec: 1_000,
  minute: 60_000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

interface ErrorFields {
  readonly message: string;
  readonly type: unknown;
  readonly code: unknown;
}

/**
 * Reads a refusal. Never throws; undefined for any status but 429 and 503.
 *
 * @param error what the client threw, or the answer's body, or the `error` in it
 * @param epochMs now, for a `retry-after` that is a date
 */
export function readRefusal(
  status: number,
  error: unknown,
  headers?: HeadersLike,
  epochMs?: number,
): ProviderRefusal | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const fields = fieldsOf(error);
  const { message } = fields;
  const [, requestsOrTokens, per] =
    /\bon (requests|tokens)(?: usage)? per (second|sec|minute|min|hour|day)\b/i.exec(message) ?? [];
  const unit = requestsOrTokens?.toLowerCase() as ProviderRefusal['unit'];
  const windowMs = per === undefined ? undefined : windows[per.toLowerCase()];
  const limit = numberAfter(/\blimit:? (\d{1,15})\b/i, message);
  const requested = numberAfter(/\brequested:? (\d{1,15})\b/i, message);
  return {
    kind: kindOf(status, fields, limit, requested),
    dimension: dimensionOf(unit, windowMs),
    unit,
    windowMs,
    limit,
    used: numberAfter(/\b(?:used|current):? (\d{1,15})\b/i, message),
    requested,
    retryMs: headerMs(headers, epochMs) ?? textMs(message),
  };
}

function kindOf(
  status: number,
  { message, type, code }: ErrorFields,
  limit: number | undefined,
  requested: number | undefined,
): RefusalKind {
  const says = (name: string): boolean => type === name || code === name;
  if (says('slow_down')) return 'slow_down';
  if (outOfMoney.some(says)) return 'insufficient_quota';
  if (status === 503 || says('server_is_overloaded')) return 'overloaded';
  const isLarger = limit !== undefined && requested !== undefined && requested > limit;
  return isLarger || message.startsWith('Request too large') ? 'oversize' : 'rate_limit';
}

function dimensionOf(
  unit: ProviderRefusal['unit'],
  windowMs: number | undefined,
): ProviderRefusal['dimension'] {
  if (windowMs === windows['minute']) return unit === 'requests' ? 'RPM' : 'TPM';
  if (windowMs === windows['day']) return unit === 'requests' ? 'RPD' : 'TPD';
  return undefined;
}

function numberAfter(pattern: RegExp, message: string): number | undefined {
  const [, digits] = pattern.exec(message) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function textMs(message: string): number | undefined {
  const [, duration] = /\btry again in (\d[\w.µμ]{0,39})/i.exec(message) ?? [];
  // The sentence's full stop is no part of it.
  return duration === undefined ? undefined : parseDuration(duration.replace(/\.+$/, ''));
}

function headerMs(headers: HeadersLike | undefined, epochMs: number | undefined): number | undefined {
  const milliseconds = textOf(headers, 'retry-after-ms');
  if (milliseconds !== undefined && /^\d+(?:\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const text = textOf(headers, 'retry-after');
  if (text === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  const waitMs = epochMs === undefined ? Number.NaN : Date.parse(text) - epochMs;
  return waitMs >= 0 ? waitMs : undefined;
}

function textOf(headers: HeadersLike | undefined, name: string): string | undefined {
  try {
    const text = headers?.get(name);
    return typeof text === 'string' ? text.trim() : undefined;
  } catch {
    return undefined;
  }
}

type Json = Readonly<Record<string, unknown>>;

function fieldsOf(error: unknown): ErrorFields {
  const unknown: ErrorFields = { message: '', type: undefined, code: undefined };
  try {
    if (typeof error !== 'object' || error === null) return unknown;
    const outer = error as Json;
    // A body holds its error in `error`; so does what the client throws, which has its status in front of the message.
    const inner = outer['error'];
    const { message, type, code } = typeof inner === 'object' && inner !== null ? (inner as Json) : outer;
    const text = typeof message === 'string' ? message.slice(0, longestMessage) : '';
    return { message: text, type, code };
  } catch {
    return unknown;
  }
}
