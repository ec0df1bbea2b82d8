import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from '../../../loadtest/program/run.ts';
import { askProvider } from '../../../src/cli/doctor/checks/provider.ts';
import type { Check, DoctorContext } from '../../../src/cli/doctor/context.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { systemClock } from '../../../src/clock.ts';

/** A context in which nothing is set, in a folder that is given. */
export function contextIn(cwd: string, changes: Partial<DoctorContext> = {}): DoctorContext {
  const context: DoctorContext = {
    env: {},
    processEnv: {},
    envFile: undefined,
    cwd,
    dataDirectory: path.join(cwd, '.telltale'),
    redisUrl: undefined,
    nodeVersion: '24.19.0',
    nodeFlags: [],
    platform: 'linux',
    offline: false,
    clock: systemClock,
    run: runProgram,
    provider: () => Promise.resolve(undefined),
    ...changes,
  };
  return changes.provider ? context : { ...context, provider: () => askProvider(context) };
}

export async function findingsOf(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  return check.run(context);
}

/** The states, and all that is said, of a check. */
export async function told(check: Check, context: DoctorContext): Promise<string> {
  const findings = await findingsOf(check, context);
  return findings
    .map((one) => `${one.state}: ${one.says}${'todo' in one ? ` -> ${one.todo}` : ''}`)
    .join('\n');
}

/** Puts a package into the `node_modules` of a folder. */
export function install(folder: string, name: string, version: string, more: object = {}): string {
  const place = path.join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ name, version, ...more }));
  return place;
}
