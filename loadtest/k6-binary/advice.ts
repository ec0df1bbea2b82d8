import type { Context } from '../program/context.ts';
import { wantedVersion } from './k6.ts';

/** What to install on this system where nothing else worked. */
export async function installAdvice({ platform, toolsDirectory, env, run }: Context): Promise<string> {
  const commands =
    platform === 'darwin'
      ? ['brew install k6']
      : platform === 'win32'
        ? ['winget install k6 --source winget', 'choco install k6']
        : await linuxCommands((file) => run(file, ['--version'], { env, timeoutMs: 20_000 }));
  return [
    'Install k6, then run this command again:',
    ...commands.map((command) => `    ${command}`),
    `or unpack https://github.com/grafana/k6/releases/tag/v${wantedVersion} and either put ${platform === 'win32' ? 'k6.exe' : 'k6'} into`,
    `${toolsDirectory} or name it in the environment variable K6. Behind a proxy, set HTTPS_PROXY.`,
  ].join('\n');
}

async function linuxCommands(version: (file: string) => Promise<{ problem?: string }>): Promise<string[]> {
  const apt = (await version('apt-get')).problem === undefined;
  const dnf = (await version('dnf')).problem === undefined;
  const both = apt === dnf;
  return [...(apt || both ? aptCommands : []), ...(dnf || both ? dnfCommands : [])];
}

const aptCommands = [
  'curl -fsSL https://dl.k6.io/key.gpg | sudo gpg --dearmor -o /usr/share/keyrings/k6.gpg',
  'echo "deb [signed-by=/usr/share/keyrings/k6.gpg] https://dl.k6.io/deb stable main" | sudo tee /etc/apt/sources.list.d/k6.list',
  'sudo apt-get update && sudo apt-get install k6',
];

const dnfCommands = ['sudo dnf install https://dl.k6.io/rpm/repo.rpm && sudo dnf install k6'];
