import { expect, it } from 'vitest';
import { inTerminal } from './pseudo-terminal.ts';

it('shows what the command shows, and ends as it ends', { timeout: 30_000 }, async () => {
  const terminal = inTerminal(['--help'], { columns: 100 });
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toContain('usage: telltale COMMAND');
  const wrong = inTerminal(['mok']);
  expect(await wrong.ended).toBe(2);
  expect(wrong.screen()).toContain('Unknown command `mok`');
});

it('types as a keyboard does', { timeout: 30_000 }, async () => {
  const terminal = inTerminal(['mock']);
  await terminal.until('listens at');
  terminal.type('\x03');
  expect(await terminal.ended).toBe(0);
});
