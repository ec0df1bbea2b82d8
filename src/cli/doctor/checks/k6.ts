import path from 'node:path';
import { probeK6 } from '../../../../loadtest/k6-binary/k6.ts';
import { toolsDirectory } from '../../../../loadtest/tools-directory.ts';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, skipped, warning } from '../finding.ts';

/** Whether there is a k6, which only `telltale loadtest` needs, and gets by itself. */
export const k6Check: Check = { name: 'k6', run: k6Findings };

async function k6Findings({ env, platform, run }: DoctorContext): Promise<readonly Finding[]> {
  const variables = { ...env };
  const ordered = variables['K6'];
  if (ordered) {
    const named = await probeK6([ordered], variables, run);
    if ('version' in named) return [ok(`${named.version}, which K6 names`)];
    return [
      warning(
        `The environment variable K6 names a program that is no k6 to use: ${named.because}.`,
        'Name a k6 that runs, or unset K6 to have one found or fetched.',
      ),
    ];
  }
  const inTools = path.join(toolsDirectory(variables, platform), platform === 'win32' ? 'k6.exe' : 'k6');
  for (const [file, where] of [
    ['k6', 'on the PATH'],
    [inTools, 'fetched before'],
  ] as const) {
    const found = await probeK6([file], variables, run);
    if ('version' in found) return [ok(`${found.version}, ${where}`)];
  }
  return [skipped('not installed; `telltale loadtest` gets one when it needs it')];
}
