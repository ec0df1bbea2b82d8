// What a user has who installed Telltale and its peers and nothing else: every entry loads, changes nothing, and what needs
// a further package says which in one sentence.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { exports } = JSON.parse(readFileSync(require.resolve('telltale/package.json'), 'utf8'));
const entries = Object.keys(exports)
  .map((subpath) => `telltale${subpath.slice(1)}`)
  .filter((entry) => !entry.endsWith('package.json'));
assert.ok(entries.length >= 7);

const own = new Map();
const before = new Set(Object.getOwnPropertyNames(globalThis));
const listeners = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
const listenedBefore = listeners();
for (const entry of entries) {
  // It does something when it is loaded, and is tried in a process of its own below.
  if (entry === 'telltale/register') continue;
  const loaded = await import(entry);
  assert.ok(Object.keys(loaded).length > 0, `${entry} exports nothing`);
  const required = require(entry);
  for (const [name, value] of Object.entries(loaded))
    assert.equal(required[name], value, `${name} of ${entry} is another when it is required`);
  // Those of openai have the names of openai's.
  if (entry === 'telltale/openai') continue;
  for (const [name, value] of Object.entries(loaded)) {
    assert.equal(own.get(name) ?? value, value, `${name} of ${entry} is another than that of another entry`);
    own.set(name, value);
  }
}
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
assert.deepEqual(added, [], 'loading Telltale made globals');
assert.deepEqual(listeners(), listenedBefore, 'loading Telltale listens to the process');

const { start } = await import('telltale/node');
assert.throws(start, ({ name, message }) => {
  assert.equal(name, 'TelltaleError');
  assert.match(message, /npm install .*@opentelemetry\/sdk-node/);
  assert.doesNotMatch(message, /\n/);
  return true;
});
const registered = spawnSync(
  process.execPath,
  ['--import', 'telltale/register', '--input-type=module', '--eval', "console.log('the application runs')"],
  { encoding: 'utf8' },
);
assert.equal(registered.status, 0, registered.stderr);
assert.match(registered.stdout, /the application runs/);
assert.match(registered.stderr, /npm install .*@opentelemetry\/sdk-node/);
assert.equal(registered.stderr.trim().split('\n').length, 1, registered.stderr);
