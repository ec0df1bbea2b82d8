import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');

/** The command in a terminal, as a person has it in front of them. */
export interface PseudoTerminal {
  /** What stands on the screen, scrolled lines included, without trailing blanks. */
  screen(): string;
  /** Everything that was written, control sequences included. */
  written(): string;
  /** As from a keyboard: `\r` is Enter, `\x03` is Ctrl-C, `\x04` is Ctrl-D. */
  type(keys: string): void;
  /** Waits until the screen matches; fails with what is there after `waitMs`. */
  until(pattern: RegExp | string, waitMs?: number): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  kill(signal?: string): void;
}

/** Runs `telltale` with `args` in a terminal of its own. */
export function inTerminal(
  args: readonly string[],
  settings: { env?: Record<string, string>; cwd?: string; columns?: number; rows?: number } = {},
): PseudoTerminal {
  const { columns: cols = 80, rows = 24 } = settings;
  const screen = new xterm.Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true });
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: settings.cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...settings.env },
  });
  let written = '';
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.onData((data) => {
    written += data;
    screen.write(data, changed);
  });
  // What was written last is drawn before the end is told.
  const ended = new Promise<number>((resolve) =>
    child.onExit(({ exitCode, signal }) =>
      screen.write('', () => {
        changed();
        resolve(signal ? 128 + signal : exitCode);
      }),
    ),
  );
  const shown = (): string => {
    const { active } = screen.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, at) => active.getLine(at)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd();
  };
  return {
    screen: shown,
    written: () => written,
    type: (keys) => child.write(keys),
    until: (pattern, waitMs = 20_000) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error): void => {
          clearTimeout(timer);
          watchers.delete(look);
          if (error) reject(error);
          else resolve();
        };
        const look = (): void => {
          const text = shown();
          if (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)) finish();
        };
        const timer = setTimeout(
          () => finish(new Error(`The screen never showed ${pattern}:\n${shown()}`)),
          waitMs,
        );
        watchers.add(look);
        look();
      }),
    ended,
    kill: (signal) => child.kill(signal),
  };
}
