/** What a limiter may know beside a number of calls in a window. */
export const abilities = [
  'day and minute at once',
  'tokens',
  'priorities',
  'abort',
  'settlement',
] as const satisfies readonly string[];

export type Ability = (typeof abilities)[number];

/** A limiter as it is set up for so many calls in a window. */
export interface Gate {
  /** Asks so many times, one after the other, and each time gives back at once what is given back after a call. */
  passes(times: number): Promise<void>;
  /** Asks once, and nothing more: what it gives is the limiter's own promise. */
  wait(): Promise<unknown>;
  /** Asks once, and calls `started` when the call may go. */
  start(started: () => void): void;
}

export interface Subject {
  readonly name: string;
  /** Undefined for Telltale's own. */
  readonly packageName: string | undefined;
  /** How many limits it holds at once here. */
  readonly limits: number;
  /** From its documentation and its code. */
  readonly knows: Readonly<Partial<Record<Ability, 'yes' | 'partly'>>>;
  open(quota: number, windowMs: number): Gate;
}
