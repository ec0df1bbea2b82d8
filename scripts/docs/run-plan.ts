/** What the process that runs snippets is told, and tells. */
export interface RunPlan {
  /** The modules, absolute, in this order. */
  readonly files: readonly string[];
  /** An empty folder; each snippet runs in one of its own in it. */
  readonly directory: string;
  /** What each of these folders begins with. */
  readonly fixtures: string;
}

export type RunNews =
  | { readonly kind: 'begins'; readonly file: string }
  | { readonly kind: 'ended'; readonly file: string; readonly fault?: string };
