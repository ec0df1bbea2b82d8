import type { K6 } from './k6.ts';
import { wantedK6 } from './wanted.ts';

/** Where a container sees the project. */
const mountedAt = '/telltale';

/**
 * The whole command that runs k6 with `args`. A container sees `directory`, read-only, elsewhere and this machine under
 * another name, so paths below it and addresses of this machine are rewritten among the arguments; k6 can report only
 * on its standard output there.
 */
export function k6Command(k6: K6, directory: string, args: readonly string[]): string[] {
  if (!k6.inContainer) return [...k6.command, ...args];
  return [
    ...k6.command,
    ...(k6.hostName === '127.0.0.1' ? ['--network', 'host'] : []),
    '--mount',
    `type=bind,src=${directory},dst=${mountedAt},readonly`,
    '--workdir',
    mountedAt,
    ...ownFiles(),
    wantedK6.image,
    ...args.map((arg) => seenFromContainer(arg, directory, k6.hostName)),
  ];
}

/** The image's own user may not read the project where only its owner can, nor may a labelled container (SELinux). */
function ownFiles(): string[] {
  if (process.platform !== 'linux' || !process.getuid || !process.getgid) return [];
  return ['--user', `${process.getuid()}:${process.getgid()}`, '--security-opt', 'label=disable'];
}

function seenFromContainer(arg: string, directory: string, hostName: K6['hostName']): string {
  if (arg.startsWith(directory)) {
    return mountedAt + arg.slice(directory.length).replaceAll('\\', '/');
  }
  if (hostName === '127.0.0.1') return arg;
  return arg.replace(/(\/\/)(?:127\.0\.0\.1|localhost)(?=[:/"]|$)/g, `$1${hostName}`);
}
