import { TelltaleError } from '../errors.ts';

/** What is said of an error, and how the command ends. */
export interface Told {
  readonly message: string;
  readonly exitCode: number;
  /** The words are Node's, and say no way out. */
  readonly needsHelp?: true;
}

/** A mistake of the user's, or a state of their machine, as the one sentence that says it; undefined for a bug of ours. */
export function told(error: unknown): Told | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (error.name === 'UsageError') return { message, exitCode: 2 };
  if ('syscall' in error && error.syscall === 'uv_cwd')
    return {
      message: 'The folder that this was started in is gone. Change to one that is there.',
      exitCode: 1,
    };
  if (error.name === 'RunFailure' || 'syscall' in error) return { message, exitCode: 1 };
  // The mock reads its command line itself.
  if (isArgument(error) || isArgument(error.cause)) return { message, exitCode: 2, needsHelp: true };
  if (error instanceof TelltaleError) return { message, exitCode: error.code === 'invalid_option' ? 2 : 1 };
  const [, missing] = isMissingModule(error) ? (/^Cannot find package '([^']+)'/.exec(message) ?? []) : [];
  if (missing !== undefined)
    return {
      message: `The package \`${missing}\` is not installed here. Run: npm install ${missing}`,
      exitCode: 1,
    };
  return undefined;
}

/** Thrown by `parseArgs` of Node. */
function isArgument(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** A peer that is not there is found out when a command loads what needs it. */
function isMissingModule(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
