// Runs a tool of this project (`vitest`, `tsc`, `biome`, a `.ts` or `.mjs` file) on Node 22.15 or newer.
// Where the running Node is older it fetches Node 24 from the npm registry into `.tools/`, once, and goes on
// with that one. Written for any Node that can parse ES modules, so it must not use new syntax.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tools = path.join(root, '.tools');
const windows = process.platform === 'win32';

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 15);
}

function versionOf(node) {
  const ran = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return ran.status === 0 ? ran.stdout.trim() : undefined;
}

function nodeInTools() {
  const node = path.join(tools, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  const version = existsSync(node) ? versionOf(node) : undefined;
  return version && isNewEnough(version) ? node : undefined;
}

function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  const present = nodeInTools();
  if (present) return present;
  holdLock();
  const fetched = nodeInTools() || fetchNode();
  releaseLock();
  if (fetched) return fetched;
  console.error(
    `Could not install Node 24 with npm. Install Node 22.15 or newer yourself, then run this command again.`,
  );
  return process.exit(1);
}

/** Two commands that are begun at once must not both install: npm leaves neither of them a Node that runs. */
const lock = path.join(tools, 'node.lock');
/** Nobody installs for so long. */
const longestInstallMs = 600000;

function holdLock() {
  let isFirst = true;
  mkdirSync(tools, { recursive: true });
  while (!takeLock()) {
    if (isFirst) console.error('Another command is putting Node 24 into .tools/: waiting for it.');
    isFirst = false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    if (isLeftBehind()) releaseLock();
  }
}

function releaseLock() {
  rmSync(lock, { force: true });
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isLeftBehind() {
  try {
    if (Date.now() - statSync(lock).mtimeMs > longestInstallMs) return true;
    const holder = Number(readFileSync(lock, 'utf8'));
    // Not written yet.
    if (!holder) return false;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    // Whoever may not be signalled is there.
    return error.code === 'ESRCH';
  }
}

function fetchNode() {
  console.error(
    `Telltale needs Node 22.15 or newer and this is ${process.version}: putting Node 24 into .tools/ (once).`,
  );
  // A relative path, because Windows starts npm through a shell, which would take a space in a path for its end.
  spawnSync(
    'npm',
    ['install', '--prefix', '.tools', '--no-audit', '--no-fund', '--loglevel=error', 'node@24'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: windows,
    },
  );
  return nodeInTools();
}

/** A tool named by its package is started through the package's own `bin` entry, so no shell is needed. */
function scriptOf(tool) {
  if (/\.(ts|mjs|js)$/.test(tool)) return path.resolve(root, tool);
  const names = { tsc: 'typescript', biome: '@biomejs/biome' };
  const directory = path.join(root, 'node_modules', names[tool] || tool);
  const manifest = path.join(directory, 'package.json');
  if (!existsSync(manifest)) {
    console.error(`${tool} is not installed here: run \`npm ci\` first.`);
    return process.exit(1);
  }
  const bin = JSON.parse(readFileSync(manifest, 'utf8')).bin;
  return path.join(directory, typeof bin === 'string' ? bin : bin[tool]);
}

const [tool, ...rest] = process.argv.slice(2);
if (!tool) {
  console.error('usage: node scripts/launch.mjs TOOL|FILE [ARG ...]');
  process.exit(2);
}
const node = findNode();
const nodeVersion = node === process.execPath ? process.version : versionOf(node);
// TypeScript runs by type stripping, which needs a flag before 22.18 and warns before 24.
const [major, minor] = nodeVersion.slice(1).split('.').map(Number);
const flags = major === 22 && minor < 18 ? ['--experimental-strip-types'] : [];
const nodeOptions = [process.env.NODE_OPTIONS, ...flags, '--disable-warning=ExperimentalWarning']
  .filter(Boolean)
  .join(' ');
const script = scriptOf(tool);
const child = spawn(node, [existsSync(script) ? script : pathToFileURL(script).href, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: path.dirname(node) + path.delimiter + (process.env.PATH || ''),
    NODE_OPTIONS: nodeOptions,
  },
});
// Ctrl-C reaches the child through the terminal's process group; a signal sent to this process alone is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  if (!signal) return process.exit(code === null ? 1 : code);
  // Ends as the child ended; with a listener left, the signal would do nothing and the exit code be 0.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
