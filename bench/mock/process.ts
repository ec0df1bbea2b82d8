import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface MockProcess {
  readonly url: URL;
  /** Processor time that it has used, of all its threads. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/** A mock that answers at once with answers of one length, in a process of its own. */
export async function startMockProcess(tokens: number): Promise<MockProcess> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'child.ts'), String(tokens)],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  const url = await new Promise<URL>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The mock ended with exit code ${code}.`)));
    if (child.stdout) createInterface(child.stdout).once('line', (line) => resolve(new URL(line)));
  });
  return {
    url,
    cpuMs: () =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve(Number(message)));
        child.send('cpu');
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.disconnect();
      }),
  };
}
