/** What a check found. */
export type Finding =
  | {
      /** `skipped` is what nobody asked for, or `--offline` leaves out. */
      readonly state: 'ok' | 'skipped';
      /** What is there. */
      readonly says: string;
    }
  | {
      /** A `problem` keeps something from working; a `warning` may. */
      readonly state: 'warning' | 'problem';
      /** What is wrong, as a sentence. */
      readonly says: string;
      /** What to do about it, as a sentence. */
      readonly todo: string;
    };

export function ok(says: string): Finding {
  return { state: 'ok', says };
}

export function skipped(says: string): Finding {
  return { state: 'skipped', says };
}

export function warning(says: string, todo: string): Finding {
  return { state: 'warning', says, todo };
}

export function problem(says: string, todo: string): Finding {
  return { state: 'problem', says, todo };
}
