import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** For tests that start processes: on a machine that is busy with others a process may take seconds to start. */
export const patient = { testTimeout: 60_000 };

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly ended: Promise<Ended>;
  /** Resolves when the process has written `text` to stdout. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** An application in a directory of its own, in which only the packages that are named can be found. */
export class Application {
  readonly directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'telltale-test-')));

  /** `packages`: names in the application to names in this project's node_modules. */
  constructor(packages: Readonly<Record<string, string>> = {}) {
    this.write('package.json', JSON.stringify({ name: 'an-application', type: 'module' }));
    for (const [name, installed] of Object.entries(packages)) this.link(name, installed);
  }

  link(name: string, installed: string, folder = '.'): void {
    const place = path.join(this.directory, folder, 'node_modules', name);
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', installed), place, 'junction');
  }

  write(name: string, text: string): string {
    const file = path.join(this.directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Puts Telltale's sources here, so that they find the application's packages and no others. Gives their URL. */
  bringTelltale(): string {
    const place = path.join(this.directory, 'telltale', 'src');
    cpSync(path.join(root, 'src'), place, { recursive: true });
    this.write('telltale/package.json', JSON.stringify({ type: 'module' }));
    return pathToFileURL(`${place}/`).href;
  }

  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Run {
    const child = spawn(process.execPath, [...args], {
      cwd: this.directory,
      env: { ...cleanEnvironment(), ...environment },
      timeout: patient.testTimeout,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = once(child, 'close').then(
      ([code, signal]): Ended => ({
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout,
        stderr,
      }),
    );
    return {
      ended,
      kill: (signal) => child.kill(signal),
      said: async (text) => {
        while (!stdout.includes(text)) {
          const more = await Promise.race([once(child.stdout, 'data'), ended]);
          if (!Array.isArray(more)) throw new Error(`The process ended without saying ${text}: ${stderr}`);
        }
      },
    };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** URL of a source file of Telltale's, such as `register.ts`. */
export function telltaleUrl(file: string): string {
  return new URL(`../../src/${file}`, import.meta.url).href;
}

/** This environment without what would configure OpenTelemetry, Telltale or openai. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(OTEL|TELLTALE|OPENAI|AZURE_OPENAI|VITEST|npm)_/;
  const names = Object.keys(process.env).filter((name) => !foreign.test(name));
  return {
    ...Object.fromEntries(names.map((name) => [name, process.env[name]])),
    OPENAI_API_KEY: 'sk-test',
    // Processes that load the same modules start a third faster.
    NODE_COMPILE_CACHE: path.join(os.tmpdir(), 'telltale-test-compile-cache'),
  };
}
