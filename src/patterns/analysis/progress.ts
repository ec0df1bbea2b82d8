import type { AnalysisEstimate } from './estimate.ts';

/** How far an analysis is. */
export interface AnalysisProgress {
  readonly phase: /** Another process works on the same document; it is waited for. */
    | 'waiting'
    /** The parts are analysed. */
    | 'parts'
    /** Their results are put together. */
    | 'reducing'
    | 'done';
  readonly parts: { readonly done: number; readonly total: number };
  /** Parts, and the calls that put their results together; `total` is an estimate until the parts are done. */
  readonly steps: { readonly done: number; readonly total: number };
  /** Steps that were done before this run, and cost nothing now. */
  readonly resumed: number;
  /** What is known of the cost so far, in USD, all runs together. */
  readonly costUsd: number;
  /** Calls whose cost nobody knows: they are not in `costUsd`. */
  readonly unpricedCalls: number;
}

/** Who is told how an analysis goes, and what it will cost. */
export interface AnalysisListeners {
  /** Told of every change. What it throws ends the analysis. */
  readonly onProgress?: (progress: AnalysisProgress) => void;
  /**
   * Told what is left to pay before anything is, and waited for. What it throws ends the analysis: so it can ask somebody.
   * Not called where nothing is left.
   */
  readonly onEstimate?: (estimate: AnalysisEstimate) => void | Promise<void>;
}
