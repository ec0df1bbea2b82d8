// Runs every example, one after another, each with a minute to finish. An example is a program that ends by itself
// and exits with 0; one that does not is shown with what it printed.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const limitMs = 60_000;
const examples = readdirSync(path.join(root, 'examples'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .sort();

let failed = examples.length === 0 ? 1 : 0;
if (failed) console.error('examples/ holds no example');
for (const name of examples) {
  const { ok, how, seconds, output } = await run(path.join('examples', name));
  console.log(`${ok ? 'ok    ' : 'failed'}  examples/${name}  ${how}, ${seconds} s`);
  if (ok) continue;
  failed += 1;
  console.log(output.trimEnd().replace(/^/gm, '  | '));
}
process.exitCode = failed === 0 ? 0 : 1;

/** The launcher has chosen the Node that runs this, and set its flags in NODE_OPTIONS. */
function run(file) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let late = false;
  const keep = (chunk) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const limit = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      const how = late
        ? `stopped after ${limitMs / 1000} s`
        : signal
          ? `ended by ${signal}`
          : `exit code ${code}`;
      resolve({ ok: code === 0 && !late, how, seconds, output });
    });
  });
}
