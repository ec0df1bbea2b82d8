// How the checks of the package run commands: a few at once, each with its title, its time, and its output where it fails.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const windows = process.platform === 'win32';
const limitMs = 180_000;

/** Runs a command and gives what it printed. Where it fails, shows that and throws. */
export async function check(title, cwd, command, args) {
  const startedMs = performance.now();
  const { code, how, stdout, stderr } = await run(cwd, command, args);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'failed'}  ${title}, ${seconds} s`);
  if (code === 0) return { stdout, stderr };
  console.log(`${stdout}${stderr}`.trimEnd().replace(/^/gm, '  | '));
  throw new Error(`${title} failed with ${how}`);
}

function run(cwd, command, args) {
  // npm is a script on Windows, which only a shell starts.
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows && command === 'npm',
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (chunk) => {
      said[name] += chunk;
    });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ ...said, code: code ?? 1, how: signal ?? `exit code ${code}` });
    });
  });
}

/** Does all, `atOnce` at a time. The first failure is thrown when what was begun has ended. */
export async function doAll(works, atOnce = 2) {
  const waiting = [...works];
  const failures = [];
  const worker = async () => {
    for (let work = waiting.shift(); work && failures.length === 0; work = waiting.shift())
      await work().catch((error) => failures.push(error));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}

/** The script behind a tool's command, which runs without a shell on every system. */
export function binOf(name, command, modules = path.join(root, 'node_modules')) {
  const directory = path.join(modules, name);
  const { bin } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  return path.join(directory, typeof bin === 'string' ? bin : bin[command]);
}
