import { spawn } from 'node:child_process';

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  // The empty text is the title of a window that `start` takes first.
  win32: ['cmd', '/c', 'start', '""'],
};

/** Asks the system for its browser; `failed` is called where there is none. */
export function openPage(url: string, failed: () => void): void {
  const [program = 'xdg-open', ...args] = openers[process.platform] ?? [];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.once('error', failed);
  child.once('exit', (code) => {
    if (code !== 0) failed();
  });
  child.unref();
}
