import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { ChatRoom } from '../../../src/cli/chat/chat-room.ts';
import { settlePending } from '../../../src/cli/chat/take-turn.ts';
import { startRecorder } from '../../../src/node/recorder/index.ts';
import { spansIn } from '../../node/trace-file/read-lines.ts';

it('logs the trace in which a turn failed, not the one of the run that was killed over it', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-turn-'));
  const recorder = startRecorder({ directory, serviceName: 'x', warn: () => {} });
  const lines: { readonly traceId: string }[] = [];
  const err = new PassThrough();
  const room = {
    model: 'gpt-5',
    log: { write: (line: { readonly traceId: string }) => lines.push(line) },
    chat: {
      id: 'sea',
      pending: () => ({ turn: 1, text: 'hi' }),
      messages: () => [{ turn: 1, traceId: '1'.repeat(32) }],
      resume: () => Promise.reject(Object.assign(new Error('No.'), { status: 503 })),
    },
  } as unknown as ChatRoom;
  const terminal = {
    out: new PassThrough(),
    err,
    input: new PassThrough(),
    isLive: false,
    mayAsk: false,
    hasColour: false,
    columns: 80,
  };
  const notes: string[] = [];
  const shown = { terminal, note: (sentence: string) => notes.push(sentence), json: false };
  expect(await settlePending(room, shown, new AbortController().signal)).toBe('failed');
  recorder?.shutdown();
  const [span] = spansIn(directory);
  expect(lines).toMatchObject([{ turn: 1, outcome: 'failed', traceId: span?.traceId }]);
  expect(notes.at(-1)).toBe(`trace ${span?.traceId}`);
  rmSync(directory, { recursive: true, force: true });
});
