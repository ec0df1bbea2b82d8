import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Mock, startMock } from '../../../src/mock/index.ts';
import { conversations, fileRecords } from '../../../src/patterns/index.ts';
import { inTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts';

const quotaError = {
  error: {
    message: 'You exceeded your current quota.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    param: null,
  },
};

let mock: Mock;
let folder: string;
let open: PseudoTerminal[];

const words = Array.from({ length: 300 }, (_, at) => `word${at} `);

beforeEach(async () => {
  mock = await startMock({
    latency: { firstTokenMs: 5, betweenTokensMs: 10 },
    answers: [
      { match: { text: 'long' }, answer: { chunks: words } },
      { match: { text: 'rude' }, answer: '\u001b[2J\u0007gone' },
      { match: { text: 'wind' }, answer: 'From the west.' },
      { match: { text: 'quota' }, answer: { status: 429, body: quotaError } },
    ],
  });
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-chat-'));
  open = [];
});
afterEach(async () => {
  for (const terminal of open) terminal.kill('SIGKILL');
  await mock.close();
});

function chat(...args: string[]): PseudoTerminal {
  const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: mock.url, TERM: 'xterm-256color' };
  const terminal = inTerminal(['chat', '--data', 'kept', ...args], {
    env,
    cwd: folder,
    columns: 90,
    rows: 40,
  });
  open.push(terminal);
  return terminal;
}

function kept() {
  return conversations({ store: fileRecords(path.join(folder, 'kept', 'conversations')) });
}

describe('a chat in the terminal', { timeout: 60_000 }, () => {
  it('answers, says what it cost, and goes on where it was left', async () => {
    const first = chat('sea');
    await first.until('A new session, `sea`');
    first.type('Which way does the wind blow?\r');
    await first.until(/tokens in, \d+ out, cost \$0\.\d+/);
    first.type('/cost\r');
    await first.until('1 turn, 1 call');
    first.type('\x04');
    expect(await first.ended).toBe(0);
    expect(first.screen()).toContain('Come back with: telltale chat sea');

    const second = chat('--last');
    await second.until('Session `sea`, 1 turn so far');
    await second.until('you › Which way does the wind blow?');
    second.type('And now?\r');
    await second.until(/tokens in, \d+ out/);
    second.type('/exit\r');
    expect(await second.ended).toBe(0);
    const bodies = mock.ledger().filter(({ endpoint }) => endpoint === 'responses');
    expect(bodies).toHaveLength(2);
    const log = readFileSync(path.join(folder, 'kept', 'chat.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(log).toMatchObject([
      { session: 'sea', turn: 1, outcome: 'ok', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
      { session: 'sea', turn: 2, outcome: 'ok' },
    ]);
    expect(JSON.stringify(log)).not.toContain('wind');
  });

  it('stops an answer at Ctrl-C, keeps what came, and leaves at the second Ctrl-C', async () => {
    const terminal = chat('sea');
    await terminal.until('A new session');
    terminal.type('something long\r');
    await terminal.until('word10');
    terminal.type('\x03');
    await terminal.until('Stopped. What came so far is kept.');
    expect(terminal.screen()).not.toContain('word299');
    terminal.type('half a mess\x03');
    await terminal.until('^C');
    terminal.type('\x03');
    await terminal.until('Ctrl-C once more');
    terminal.type('\x03');
    expect(await terminal.ended).toBe(0);
    const kept = readFileSync(path.join(folder, 'kept', 'chat.log'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ outcome: 'cut', turn: 1 });
    const told = await chat('sea', '--export', 'markdown');
    await told.ended;
    expect(told.screen()).toContain('word10');
    expect(mock.ledger().filter(({ endpoint }) => endpoint === 'responses')).toHaveLength(1);
  });

  it('takes a pasted text for one message, and lets no answer act on the terminal', async () => {
    const terminal = chat('sea');
    await terminal.until('A new session');
    terminal.type('be rude\rin two lines\r');
    await terminal.until(/tokens in/);
    expect(terminal.screen()).toContain('\ufffd[2J\ufffdgone');
    expect(terminal.screen()).toContain('A new session');
    terminal.type('and \\\r');
    await terminal.until(/\n…$/);
    terminal.type('go on about the wind\r');
    await terminal.until('From the west.');
    terminal.type('/export json talk.json\r');
    await terminal.until('Written to talk.json');
    terminal.type('/export json talk.json\r');
    await terminal.until('it is there already');
    const { messages } = JSON.parse(readFileSync(path.join(folder, 'talk.json'), 'utf8'));
    expect(messages.map(({ text }: { text: string }) => text)).toEqual([
      'be rude\nin two lines',
      '\u001b[2J\u0007gone',
      'and \ngo on about the wind',
      'From the west.',
    ]);
  });

  it('goes from session to session, and forgets one when that is meant', async () => {
    const terminal = chat('sea');
    await terminal.until('A new session');
    terminal.type('the wind\r');
    await terminal.until('tokens in');
    terminal.type('/new shore\r');
    await terminal.until('A new session, `shore`');
    terminal.type('/new sea\r');
    await terminal.until('There is a session `sea` already');
    terminal.type('/modle x\r');
    await terminal.until('Unknown command `/modle`. /help lists them.');
    terminal.type('/model gpt-4.1-mini\r');
    await terminal.until('gpt-4.1-mini answers.');
    terminal.type('wind here too\r');
    await terminal.until(/From the west\.[\s\S]*From the west\./);
    terminal.type('/sessions\r');
    await terminal.until(/shore \* +\d{4}-\d\d-\d\d/);
    terminal.type('/summary\r');
    await terminal.until('Nothing was summarised yet');
    terminal.type('/forget\r');
    await terminal.until('Delete the session shore, here and at the provider? [y/N]');
    terminal.type('n\r');
    await terminal.until('Nothing was deleted.');
    terminal.type('/forget\r');
    await terminal.until(/\[y\/N\][\s\S]*\[y\/N\]/);
    terminal.type('y\r');
    await terminal.until('Deleted, here and at the provider.');
    terminal.type('/switch sea\r');
    await terminal.until('Session `sea`, 1 turn so far');
    terminal.type('\x04');
    expect(await terminal.ended).toBe(0);
    expect((await kept().list()).map(({ id }) => id)).toEqual(['sea']);
    expect(
      mock
        .ledger()
        .map(({ model }) => model)
        .filter(Boolean),
    ).toEqual(['gpt-5-mini', 'gpt-4.1-mini']);
  });

  it('takes a paste that has no last line break for one message, and Ctrl-D in a question for the end', async () => {
    const terminal = chat('sea');
    await terminal.until('A new session');
    terminal.type('\x1b[200~the wind\rfrom \x1b[201~');
    await terminal.until(/… from/);
    terminal.type('where?\r');
    await terminal.until(/tokens in/);
    terminal.type('/forget\r');
    await terminal.until('[y/N]');
    terminal.type('\x04');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toContain('Nothing was deleted.');
    expect(terminal.written()).toContain('\x1b[?2004l');
    expect(await kept().export('sea', 'json')).toContain('"text": "the wind\\nfrom where?"');
    const batch = inTerminal(['chat', '--mock'], { env: { BATCH_MODE: 'true' }, cwd: folder, columns: 90 });
    open.push(batch);
    expect(await batch.ended).toBe(2);
    expect(batch.screen()).toContain('There is nobody to talk to here');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('keeps what came of an answer when it is ended by %s', async (signal, code) => {
    const terminal = chat('sea');
    await terminal.until('A new session');
    terminal.type('something long\r');
    await terminal.until('word10');
    terminal.kill(signal);
    expect(await terminal.ended).toBe(code);
    const kept = readFileSync(path.join(folder, 'kept', 'chat.log'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ outcome: 'cut', turn: 1 });
  });

  it('says why an answer failed, and goes on', async () => {
    const terminal = chat('sea');
    await terminal.until('A new session');
    terminal.type('more quota\r');
    await terminal.until('There is no money left at the provider');
    terminal.type('wind\r');
    await terminal.until('From the west.');
  });

  it('settles what a killed process left behind', async () => {
    const first = chat('sea');
    await first.until('A new session');
    first.type('something long\r');
    await first.until('word10');
    first.kill('SIGKILL');
    await first.ended;
    const second = chat('sea');
    await second.until('The last message got no answer before the end');
    await second.until('word299');
    second.type('\x04');
    expect(await second.ended).toBe(0);
  });
});
