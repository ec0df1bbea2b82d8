import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** What a process has one of. A file that touches it has a process of its own. */
const touchesTheProcess =
  /registerTracing|registerMetrics|setGlobal|NodeSDK|globalThis|\bvi\.|process\.(?:env|on|once|emit|emitWarning|chdir|kill|exitCode|stdin|stdout|stderr|memoryUsage)\b|src\/(?:node|register|openai)\b|unhandledRejection|--expose-gc/;
/** Those that hold one call, one client or one process to another in everything. */
const keptApart =
  /^test\/(?:bench|contract|fuzz|leak|node|observe|openai-entry|register|security|stack|wrap)\//;

const all = globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/'));
const apart = all.filter(
  (file) => keptApart.test(file) || touchesTheProcess.test(readFileSync(file, 'utf8')),
);
const together = all.filter((file) => !apart.includes(file));

export default defineConfig({
  test: {
    // Only how long is waited for what never comes: on a machine with two busy cores, five seconds are few.
    testTimeout: 20_000,
    // What has to come about at some time may take long where other tests take the processor; a second is too short there.
    expect: { poll: { timeout: 20_000 } },
    // Starting a process and loading the same modules for each file takes as long as half of all tests.
    projects: [
      { extends: true, test: { name: 'apart', include: apart } },
      { extends: true, test: { name: 'together', include: together, isolate: false } },
    ],
  },
});
