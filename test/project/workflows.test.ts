import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, '.github', 'workflows');

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
  readonly 'timeout-minutes'?: number;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.each(readdirSync(folder))('the workflow %s', (name) => {
  const workflow = parse(readFileSync(path.join(folder, name), 'utf8')) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  test('takes actions by their commit, which nobody can move', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
  });

  test('may only read, but where it publishes, and ends in any case', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const more = jobs.flatMap(({ permissions = {} }) =>
      Object.entries(permissions).filter(([, right]) => right === 'write'),
    );
    expect(more).toEqual(name === 'release.yml' ? [['id-token', 'write']] : []);
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  test('runs commands that there are', () => {
    const named = steps.flatMap(({ run = '' }) => run.match(/npm run [\w:]+/g) ?? []);
    for (const command of named) expect(scripts).toHaveProperty([command.slice('npm run '.length)]);
    const files = steps.flatMap(({ run = '' }) => run.match(/\S+\.mjs|\.ci\/run/g) ?? []);
    for (const file of files) expect(readFileSync(path.join(root, file), 'utf8')).not.toBe('');
  });
});

test('a tag is published only where package.json and the changelog have its version', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/check-release.mjs', 'v99.0.0'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('The tag is v99.0.0, and package.json says ');
  expect(stderr).toContain('CHANGELOG.md has no section');
});
