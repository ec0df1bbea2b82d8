/**
 * What is told of a helper that runs tools in turn with the model. Unlike a call it is nothing on the wire: it only
 * groups calls and the tools between them.
 */
export interface ToolTracer {
  /** A helper begins. Undefined while nobody traces: then nothing is changed for it at all. */
  startRun(model: string | undefined): ToolRun | undefined;
}

/** One run of a tool. */
export interface ToolCall {
  readonly name: string;
  /** The id that the model gave to its call of the tool, where it can be told. */
  readonly id?: string;
  /**
   * Takes over what the tool is given, before the tool can change it. Absent where no content is recorded; asked only
   * where it is of use.
   */
  readonly takeContent?: () => WriteToolContent;
}

/** Gives what is to be recorded, and never throws; without an argument for a tool that returned nothing to tell of. */
export type WriteToolContent = (returned?: { readonly value: unknown }) => RecordedToolContent | undefined;

/** What was said to a tool and by it, redacted and cut to size. */
export interface RecordedToolContent {
  readonly mode: 'redacted' | 'full';
  readonly arguments?: string;
  readonly result?: string;
  /** Bytes of text that are left out because there was too much. */
  readonly cutBytes: number;
}

export interface ToolRun {
  /** Does `work` as a part of the run, so that its calls are told as parts of it too. */
  within<T>(work: () => T): T;
  /** Does the `work` of a tool, and tells how it ended: what it returns or throws is passed on as it is. */
  tool<T>(call: ToolCall, work: () => T): T;
  /** The helper has ended. Only the first time counts. */
  end(): void;
}
