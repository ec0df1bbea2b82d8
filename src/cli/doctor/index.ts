import { runProgram } from '../../../loadtest/program/run.ts';
import { systemClock } from '../../clock.ts';
import { processTerminal } from '../shared/terminal.ts';
import { doctorHelp, readDoctorArguments } from './arguments.ts';
import { clockCheck } from './checks/clock.ts';
import { dataFolderCheck } from './checks/data-folder.ts';
import { envFileCheck } from './checks/env-file.ts';
import { k6Check } from './checks/k6.ts';
import { keyCheck } from './checks/key.ts';
import { nodeCheck } from './checks/node.ts';
import { otlpCheck } from './checks/otlp.ts';
import { peerChecks } from './checks/peers.ts';
import { pricesCheck } from './checks/prices.ts';
import { askProvider, providerCheck } from './checks/provider.ts';
import { proxyCheck } from './checks/proxy.ts';
import { redisCheck } from './checks/redis.ts';
import { sdkCheck } from './checks/sdk.ts';
import type { Check } from './context.ts';
import type { Probe } from './probe.ts';
import { runChecks } from './run-checks.ts';
import { findingsJson, showFindings } from './show.ts';

/** In the order in which they are shown. */
export const checks: readonly Check[] = [
  nodeCheck,
  ...peerChecks,
  sdkCheck,
  envFileCheck,
  keyCheck,
  proxyCheck,
  providerCheck,
  clockCheck,
  otlpCheck,
  redisCheck,
  k6Check,
  dataFolderCheck,
  pricesCheck,
];

/** What keeps the process from its end after this, such as a question for a name that nobody answers, is left alone. */
const lingerMs = 200;

/** `telltale doctor`: looks at everything, and says what is wrong. */
export async function doctor(args: readonly string[]): Promise<number> {
  const { env: processEnv, execArgv, platform, versions } = process;
  const given = readDoctorArguments(args, processEnv);
  if (!given) {
    process.stdout.write(doctorHelp);
    return 0;
  }
  const terminal = processTerminal(processEnv);
  const isTold = terminal.isLive && !given.json;
  if (isTold) terminal.err.write('Looking …');
  const seen = { env: given.env, clock: systemClock, nodeFlags: execArgv, nodeVersion: versions.node };
  let asked: Promise<Probe | undefined> | undefined;
  const findings = await runChecks(checks, {
    ...given,
    ...seen,
    processEnv,
    cwd: process.cwd(),
    platform,
    run: runProgram,
    provider: () => {
      asked ??= askProvider(seen);
      return asked;
    },
  });
  if (isTold) terminal.err.write('\r\u001b[K');
  terminal.out.write(given.json ? findingsJson(findings) : showFindings(findings, terminal.columns));
  const exitCode = findings.some(({ state }) => state === 'problem') ? 1 : 0;
  systemClock.schedule(() => process.exit(exitCode), lingerMs, 'housekeeping');
  return exitCode;
}
