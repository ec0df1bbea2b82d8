/**
 * What is told of a helper that runs tools in turn with the model. Unlike a call it is nothing on the wire: it only
 * groups calls and the tools between them.
 */
export interface ToolTracer {
  /** A helper begins. Undefined while nobody traces: then nothing is changed for it at all. */
  startRun(model: string | undefined): ToolRun | undefined;
}

export interface ToolRun {
  /** Does `work` as a part of the run, so that its calls are told as parts of it too. */
  within<T>(work: () => T): T;
  /** Does the `work` of a tool, and tells how it ended: what it returns or throws is passed on as it is. */
  tool<T>(name: string, work: () => T): T;
  /** The helper has ended. Only the first time counts. */
  end(): void;
}
