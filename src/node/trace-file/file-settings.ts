import path from 'node:path';
import { checkNumber, checkObject, checkString } from '../../check.ts';

/** Where traces are written, and how much of them is kept. */
export interface TraceFileOptions {
  /** Made where it is not there, with a `.gitignore` of its own. @default `.telltale/traces` in the working directory */
  readonly directory?: string;
  /** Bytes of a file, after which another one is begun. Minimum: 1 024. @default 4 194 304 (4 MiB) */
  readonly maxFileBytes?: number;
  /**
   * Files in the directory, of all processes that write there; with more, those written to longest ago are deleted. Minimum: 1.
   * @default 100, so 400 MiB at most
   */
  readonly maxFiles?: number;
}

export type TraceFileSettings = Required<TraceFileOptions>;

export const defaultTraceDirectory = path.join('.telltale', 'traces');
export const traceFileBounds = { maxFileBytes: 4 * 2 ** 20, maxFiles: 100 } as const;

/** @throws TelltaleError `invalid_option` */
export function traceFileSettings(name: string, given: unknown): TraceFileSettings {
  const { directory, maxFileBytes, maxFiles } = checkObject(name, given, [
    'directory',
    'maxFileBytes',
    'maxFiles',
  ]);
  const whole = (option: string, value: unknown, min: number, fallback: number): number =>
    value === undefined ? fallback : checkNumber(`${name}.${option}`, value, { min, integer: true });
  return {
    // Made absolute now: the application may change its directory later.
    directory: path.resolve(
      directory === undefined ? defaultTraceDirectory : checkString(`${name}.directory`, directory),
    ),
    maxFileBytes: whole('maxFileBytes', maxFileBytes, 1_024, traceFileBounds.maxFileBytes),
    maxFiles: whole('maxFiles', maxFiles, 1, traceFileBounds.maxFiles),
  };
}
