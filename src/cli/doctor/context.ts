import type { Run } from '../../../loadtest/program/run.ts';
import type { Clock } from '../../clock.ts';
import type { Environment } from '../shared/environment.ts';
import type { Finding } from './finding.ts';
import type { Probe } from './probe.ts';

/** What the checks look at. */
export interface DoctorContext {
  /** The variables of the process, and those of the file for the ones that are not set. */
  readonly env: Environment;
  /** The variables of the process alone. */
  readonly processEnv: Environment;
  /** The file of `--env`; undefined for `.env`, which need not be there. */
  readonly envFile: string | undefined;
  /** The project's folder. */
  readonly cwd: string;
  readonly dataDirectory: string;
  readonly redisUrl: string | undefined;
  readonly nodeVersion: string;
  /** Node's own flags, which can turn proxies on. */
  readonly nodeFlags: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly offline: boolean;
  readonly clock: Clock;
  readonly run: Run;
  /** Asks the provider once, for all checks that want to know; undefined where nothing is asked. */
  readonly provider: () => Promise<Probe | undefined>;
}

export interface Check {
  /** What is looked at, in a word or two. */
  readonly name: string;
  readonly run: (context: DoctorContext) => Promise<readonly Finding[]> | readonly Finding[];
}
