import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { connect } from 'node:net';
import { killWithUs } from '../processes.ts';
import { RunFailure } from '../run-failure.ts';
import { pause, within } from '../within.ts';

/** The service under test, where this command has started it. */
export interface OwnService {
  /** Resolves, with how it ended, when it has. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Long enough for a service to finish what it is doing. */
const stopMs = 10_000;

/** Starts a command as a shell would, its output in `logFile`. It and all that it starts end together. */
export function startOwnService(command: string, env: NodeJS.ProcessEnv, logFile: string): OwnService {
  const log = createWriteStream(logFile);
  const isWindows = process.platform === 'win32';
  const child = spawn(command, {
    shell: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !isWindows,
    windowsHide: true,
  });
  // Where the log cannot be written, the service must not wait for somebody to read what it says.
  log.once('error', () => {
    child.stdout.resume();
    child.stderr.resume();
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  killWithUs(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // The shell may end before what it started: the output ends with the last of them.
    child.once('close', (code, signal) =>
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
  });
  void ended.then(() => log.end());
  /** The shell is not the service: what it started is in its group. */
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined && !isWindows) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  // A run that dies takes the whole group along, not only the shell.
  const killGroup = (): void => kill('SIGKILL');
  process.once('exit', killGroup);
  void ended.then(() => process.removeListener('exit', killGroup));
  return {
    ended,
    async stop() {
      kill('SIGTERM');
      if ((await within(ended, stopMs)) !== 'late') return;
      kill('SIGKILL');
      await within(ended, stopMs);
    },
  };
}

const tryEveryMs = 200;

/** Waits until something listens there; throws when the service ends, or nothing does in time. */
export async function waitForService(
  { hostname, port, protocol }: URL,
  { timeoutMs, service, signal }: { timeoutMs: number; service: OwnService | undefined; signal: AbortSignal },
): Promise<void> {
  const portNumber = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const until = performance.now() + timeoutMs;
  const died = service?.ended.then(
    (how) => new RunFailure(`The service ${how} before it listened; its output is in service.log.`),
  );
  for (;;) {
    if (signal.aborted)
      throw new RunFailure(`Stopped while waiting for the service: ${String(signal.reason)}.`);
    const tried = await (died
      ? Promise.race([died, isListening(hostname, portNumber)])
      : isListening(hostname, portNumber));
    if (tried instanceof RunFailure) throw tried;
    if (tried) return;
    if (performance.now() > until) {
      throw new RunFailure(
        `Nothing listens on ${hostname} port ${portNumber}. Start your service, or let \`--exec COMMAND\` do it.`,
      );
    }
    await pause(tryEveryMs);
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port });
    const done = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(2_000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
