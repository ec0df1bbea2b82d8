/** What is left of a limit. */
export interface MeterState {
  /** Whole units; below 0 in debt. */
  readonly remaining: number;
  /** Until all of it is free again if nothing more comes, in microseconds. */
  readonly resetUs: number;
}

/** What a request took; the meter may write on it. */
export interface Receipt {
  amount: number;
  readonly atUs: number;
}

/**
 * Keeps one limit by one law. All times are whole microseconds of one clock, and never fall; amounts are whole numbers.
 */
export interface Meter {
  state(nowUs: number): MeterState;
  /** How long until `amount` fits if nothing more comes, in microseconds; 0 if it fits now. */
  waitUs(nowUs: number, amount: number): number;
  /** The same as OpenAI words it: from whole units. In milliseconds. */
  saidWaitMs(nowUs: number, amount: number): number;
  /** Takes `amount`, which the caller knows to fit. */
  take(nowUs: number, amount: number): Receipt;
  /** Takes 1 of what is left, or all of what is left when that is less. */
  count(nowUs: number): void;
  /** Corrects what was taken for a request to what it used. */
  settle(nowUs: number, receipt: Receipt, actual: number): void;
}
