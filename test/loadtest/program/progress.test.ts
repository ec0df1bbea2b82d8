import { expect, onTestFinished, test, vi } from 'vitest';
import { startProgress, withElapsedTime } from '../../../loadtest/program/progress.ts';

test('on a terminal one line is written over, and cleared at the end', () => {
  const said: string[] = [];
  let screen = '';
  const terminal = {
    isTTY: true,
    write: (text: string) => {
      screen += text;
    },
  };
  const progress = startProgress((line) => said.push(line), terminal);
  progress.update('1 %', 0);
  progress.update('2 %', 0);
  progress.end();
  expect(screen).toBe('\r\u001b[K1 %\r\u001b[K2 %\r\u001b[K');
  expect(said).toEqual([]);
});

test('in a log each step is one line', () => {
  const said: string[] = [];
  const terminal = { isTTY: false, write: () => expect.unreachable('nothing is written to a log') };
  const progress = startProgress((line) => said.push(line), terminal);
  for (let percent = 0; percent <= 100; percent++) progress.update(`${percent} %`, Math.floor(percent / 25));
  progress.end();
  expect(said).toEqual(['25 %', '50 %', '75 %', '100 %']);
});

test('a step of which nothing else is known shows its time, and its timer ends with it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const said: string[] = [];
  const progress = startProgress((line) => said.push(line), { isTTY: false, write: () => {} });
  let finish: (result: string) => void = () => {};
  const work = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const result = withElapsedTime('building', progress, work);
  await vi.advanceTimersByTimeAsync(65_000);
  finish('built');
  expect(await result).toBe('built');
  expect(said).toEqual(['building (30 s)', 'building (60 s)']);
  expect(vi.getTimerCount()).toBe(0);
});
