/** Which rule an alert is of: slow calls, failing calls, costly calls, or a limit that is nearly used. */
export type AlertName = 'p95_duration' | 'error_rate' | 'mean_cost' | 'limit_used';

/** An alert that began or ended. */
export interface Alert {
  readonly alert: AlertName;
  readonly state: 'firing' | 'resolved';
  /** The limit that is meant, as `tokens/minute`; only with `limit_used`. */
  readonly limit?: string;
  /** Milliseconds, a share or USD, as the threshold is. Absent where it ended because there are too few calls to judge by. */
  readonly value?: number;
  readonly threshold: number;
  /** The calls that were judged, over `windowMs`; absent with `limit_used`. */
  readonly calls?: number;
  readonly windowMs?: number;
  /** Milliseconds since 1970 at which it was judged. */
  readonly atMs: number;
  /** How long it was firing, in milliseconds; only where it ended. */
  readonly firedMs?: number;
  /** All of this in a sentence. */
  readonly message: string;
}

/** What was judged, at one moment. */
export interface Judgement {
  readonly alert: AlertName;
  readonly limit?: string;
  /** Undefined where there was nothing to judge. */
  readonly value: number | undefined;
  readonly threshold: number;
  /** Undefined where calls are not what is judged. */
  readonly calls?: number;
}

const subjects: Readonly<Record<AlertName, string>> = {
  p95_duration: 'p95 of the duration of calls',
  error_rate: 'Share of calls that failed',
  mean_cost: 'Mean cost of a call',
  limit_used: 'Use of a limit',
};

/** As somebody reads it at night. */
export function sentence(
  { alert, limit, value, threshold, calls }: Judgement,
  isFiring: boolean,
  windowMs: number,
): string {
  const subject = limit === undefined ? subjects[alert] : `Use of \`${limit}\``;
  const over =
    calls === undefined ? '' : `, over ${calls} calls in the last ${Math.round(windowMs / 1_000)} s`;
  const bound = amount(alert, threshold);
  if (isFiring) return `${subject} is ${amount(alert, value ?? 0)}, above ${bound}${over}.`;
  if (value === undefined)
    return calls === undefined
      ? `${subject} is not known any more; the threshold is ${bound}.`
      : `${subject} was above ${bound}, and there are too few calls left to judge by${over}.`;
  return `${subject} is ${amount(alert, value)} again, and the threshold is ${bound}${over}.`;
}

function amount(alert: AlertName, value: number): string {
  if (alert === 'p95_duration') return `${Number((value / 1_000).toPrecision(3))} s`;
  if (alert === 'mean_cost') return `${Number(value.toPrecision(3))} USD`;
  return `${Number((value * 100).toPrecision(3))} %`;
}
