import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startMock } from '../../../src/mock/index.ts';
import { goodAnswer } from '../../patterns/analysis/support.ts';
import { inTerminal } from '../support/pseudo-terminal.ts';
import { analyze, folder } from './support.ts';

const place = folder();
afterAll(() => place.remove());

function run(...args: string[]) {
  return analyze(args, place.path);
}

// Each is a process or several, on a machine that may have much else to do.
const patience = { timeout: 60_000 };

describe('without a terminal', patience, () => {
  it('reports as Markdown on the standard output, and tells the rest on the other', async () => {
    const { code, out, err } = await run('note.txt', '--mock');
    expect(code).toBe(0);
    expect(out).toMatch(/^# note\.txt\n/);
    expect(out).toContain('## Key points');
    expect(out).toContain('| Cost | $0.00');
    expect(err).toMatch(/^1 part, about .* tokens in and .* out: likely \$0\.\d+, at most \$0\.\d+\.$/m);
    expect(err).toMatch(/^note\.txt: 1 of 1 steps \(100%\), \$0\.\d+, 0:\d\d$/m);
  });

  it('gives JSON and nothing else where that is asked for, with what failed beside what did not', async () => {
    const { code, out } = await run(
      ...['missing.pdf', 'note.txt', 'empty.txt', 'binary.bin', 'secret.pdf', '--mock', '--json'],
    );
    expect(code).toBe(1);
    const { reports, failures, estimate } = JSON.parse(out);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ document: { name: 'note.txt' }, figures: { parts: 1 } });
    expect(estimate.parts).toEqual({ total: 1, done: expect.any(Number) });
    expect(failures.map(({ file }: { file: string }) => file)).toEqual([
      'missing.pdf',
      'empty.txt',
      'binary.bin',
      'secret.pdf',
    ]);
    expect(failures.at(-1).message).toContain('encrypted');
    for (const { message } of failures) expect(message).toMatch(/^The document ".*" .*\.$/);
  });

  it('reports on a PDF of 300 pages, with the pages that it stands on', async () => {
    const mock = await startMock({ answers: goodAnswer });
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: mock.url };
    try {
      const args = ['long.pdf', '--json', '--yes', '--direct', '--concurrency', '8'];
      const { code, out, err } = await analyze(args, place.path, env);
      expect(code, err).toBe(0);
      const [report] = JSON.parse(out).reports;
      expect(report).toMatchObject({ document: { pages: 300, title: 'A long book' } });
      expect(report.figures.parts).toBeGreaterThan(5);
      const [reference] = report.keyPoints[0].references;
      expect(reference.quote).toContain(`of page ${reference.page} `);
    } finally {
      await mock.close();
    }
  });

  it('goes on with the others where what is kept of one document is damaged', async () => {
    expect((await run('note.txt', '--mock', '--data', 'kept')).code).toBe(0);
    const records = place.file('kept/mock/analyses');
    for (const name of readdirSync(records, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.json')) writeFileSync(path.join(records, name), '{');
    const { code, out, err } = await run('note.txt', 'other.txt', '--mock', '--data', 'kept');
    expect(code).toBe(1);
    expect(err).toMatch(/note\.txt: The record `.*` cannot be read/);
    expect(out).toMatch(/^# other\.txt/);
    const both = ['--compare', 'gpt-5-mini,gpt-5', '--json', '--yes'];
    const compared = await run('note.txt', '--mock', '--data', 'kept', ...both);
    expect(compared.code).toBe(1);
    expect(JSON.parse(compared.out)).toMatchObject({
      reports: [{ model: 'gpt-5' }],
      failures: [{ file: 'note.txt', model: 'gpt-5-mini' }],
    });
  });

  it('puts models side by side, as a page that needs nothing else', async () => {
    const { code, out, err } = await run(
      ...['book.md', '--mock', '--compare', 'gpt-5-mini,gpt-4o', '--out', 'report.html', '--yes'],
    );
    expect([code, out], err).toEqual([0, '']);
    const page = readFileSync(place.file('report.html'), 'utf8');
    expect(page).toContain('<th scope="col">gpt-5-mini</th><th scope="col">gpt-4o</th>');
    expect(page).not.toMatch(/<script|src=|href=|https?:/);
    expect(err).toContain('report.html');
  });

  it.each([
    [['note.txt'], 1, /OPENAI_API_KEY/],
    [['missing.txt', '--mock'], 1, /missing\.txt/],
  ])('says what is wrong with %j', async (args, exitCode, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([exitCode, '']);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('begins nothing that may cost more than it is allowed, and names the flag', async () => {
    const args = ['book.md', '--mock', '--ask-above', '0.001', '--part-tokens', '500'];
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      /may cost up to \$\d\.\d+, which is more than \$0\.001\. Nothing was begun: add --yes/,
    );
    expect((await run(...args, '--yes')).code).toBe(0);
  });

  it('says what a provider says that does not know the model, and asks first where a price is not known', async () => {
    const body = { error: { message: 'The model `gpt-9` does not exist.', code: 'model_not_found' } };
    const mock = await startMock({ answers: [{ answer: { status: 404, body } }] });
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: mock.url };
    try {
      const refused = await analyze(['note.txt', '--model', 'gpt-9'], place.path, env);
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('no price for gpt-9')]);
      const unknown = await analyze(['note.txt', '--model', 'gpt-9', '--yes'], place.path, env);
      expect(unknown.code).toBe(1);
      expect(unknown.err).toContain('does not know the model `gpt-9`');
      expect(unknown.err).not.toMatch(/^\s+at /m);
    } finally {
      await mock.close();
    }
  });
});

describe('at a terminal', patience, () => {
  const slow = { background: { queuedMs: 100, runsMs: 600 } };

  it('asks, shows how far it is, stops at Ctrl-C, and goes on from there without paying twice', async () => {
    const mock = await startMock({ answers: goodAnswer, ...slow });
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: mock.url };
    const args = ['analyze', 'book.md', '--part-tokens', '500', '--concurrency', '1', '--ask-above', '0.01'];
    const begin = (...more: string[]) =>
      inTerminal([...args, ...more], { cwd: place.path, env, columns: 90 });
    try {
      const asked = begin();
      await asked.until(/more than \$0\.01.*\? \[y\/N\]/s);
      asked.type('\x03');
      expect(await asked.ended).toBe(130);
      expect(asked.screen()).toContain('Stopped. Nothing was begun.');
      expect(mock.ledger()).toHaveLength(0);

      const declined = begin();
      await declined.until(/\[y\/N\]/);
      declined.type('n\r');
      expect([await declined.ended, declined.screen()]).toEqual([
        1,
        expect.stringContaining('Nothing was begun.'),
      ]);

      const stopped = begin();
      await stopped.until(/\[y\/N\]/);
      stopped.type('y\r');
      await stopped.until(/book\.md +█+░+ +\d+% +1\/7 steps +\$0\.0\d+ +0:\d\d +ETA +\d+:\d\d/);
      stopped.type('\x03');
      expect(await stopped.ended).toBe(130);
      expect(stopped.screen()).toContain('The same command goes on from there.');
      expect(stopped.screen()).not.toContain('░');

      const resumed = begin('--yes');
      await resumed.until(/What it took/);
      expect(await resumed.ended).toBe(0);
      expect(resumed.screen()).toMatch(/\(\d done already\)/);
      expect(resumed.screen()).toMatch(/Calls +7$/m);
      await mock.settled();
      expect(mock.ledger().filter(({ usage }) => usage)).toHaveLength(7);
    } finally {
      await mock.close();
    }
  });
});
