import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { k6Arguments } from '../../../loadtest/k6-process.ts';

const root = path.resolve(import.meta.dirname, '../../../loadtest');
/** The script, and whatever starts k6. */
const files = globSync(['k6/**/*.ts', 'k6-*.ts', 'k6-binary/*.ts', 'leg.ts'], { cwd: root });

/** By k6's guide to its second version: https://grafana.com/docs/k6/latest/get-started/migrating-to-v2/ */
const removed = [
  /externally-controlled/,
  /--no-summary/,
  /--summary-mode[=\s'",]*legacy/,
  /--upload-only/,
  /ext\s*:\s*\{\s*loadimpact|loadimpact/,
  /k6\/experimental\//,
  /browser_web_vital_fid/,
  /K6_OTEL_EXPORTER_TYPE/,
  /K6_OTEL_SINGLE_COUNTER_FOR_RATE/,
  /K6_ENABLE_COMMUNITY_EXTENSIONS/,
];
const removedCommands = ['login', 'pause', 'resume', 'scale', 'status'];

describe('k6 2', () => {
  it('is what these files are written for', () => {
    expect(files.length).toBeGreaterThan(15);
  });

  it.each(files)('has all that %s uses', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const gone of removed) expect(text).not.toMatch(gone);
  });

  it('has the command that is run, with its flags', () => {
    const [command = '', ...flags] = k6Arguments('run.ts', {});
    expect(removedCommands).not.toContain(command);
    for (const gone of removed) expect(flags.join(' ')).not.toMatch(gone);
  });

  it('would be seen to miss what it has removed', () => {
    const old = [
      "executor: 'externally-controlled'",
      "'--summary-mode', 'legacy'",
      "from 'k6/experimental/redis'",
    ];
    for (const text of old) expect(removed.some((gone) => gone.test(text))).toBe(true);
  });
});
