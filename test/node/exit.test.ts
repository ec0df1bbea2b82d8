import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { flushAtExit, type ProcessEvents } from '../../src/node/exit.ts';

class FakeProcess extends EventEmitter implements ProcessEvents {
  readonly pid = 42;
  readonly kills: string[] = [];
  kill(pid: number, signal: NodeJS.Signals): void {
    this.kills.push(`${signal} to ${pid}`);
  }
}

let target: FakeProcess;
let flushes: number;
/** Ends the flush that is under way. */
let endFlush: () => void;

beforeEach(() => {
  target = new FakeProcess();
  flushes = 0;
});

function flush(): Promise<void> {
  flushes++;
  return new Promise((resolve) => {
    endFlush = resolve;
  });
}

async function flushed(): Promise<void> {
  endFlush();
  await new Promise(setImmediate);
}

describe('when the application has no listener for a signal', () => {
  test('the signal is raised again once everything is sent', async () => {
    flushAtExit(target, flush, true);
    target.emit('SIGTERM', 'SIGTERM');
    await new Promise(setImmediate);
    expect([flushes, target.kills]).toEqual([1, []]);
    await flushed();
    expect(target.kills).toEqual(['SIGTERM to 42']);
  });

  test('a second signal meets no listener, so that it ends the process at once', () => {
    flushAtExit(target, flush, true);
    target.emit('SIGINT', 'SIGINT');
    expect(target.listenerCount('SIGINT')).toBe(0);
  });

  test('another library that looks whether it is the only listener finds that it is', () => {
    const counts: number[] = [];
    flushAtExit(target, flush, true);
    target.on('SIGTERM', () => counts.push(target.listenerCount('SIGTERM')));
    target.emit('SIGTERM', 'SIGTERM');
    expect(counts).toEqual([1]);
  });
});

describe('when the application listens to the signal itself', () => {
  test('everything is sent and nothing is raised', async () => {
    flushAtExit(target, flush, true);
    target.on('SIGTERM', () => {});
    target.emit('SIGTERM', 'SIGTERM');
    await flushed();
    expect([flushes, target.kills]).toEqual([1, []]);
  });

  test('a listener that was there before and wants the signal only once counts too', async () => {
    let heard = 0;
    target.once('SIGTERM', () => heard++);
    flushAtExit(target, flush, true);
    target.emit('SIGTERM', 'SIGTERM');
    await flushed();
    expect([heard, target.kills]).toEqual([1, []]);
  });

  test('the next signal is met again, and raised when the application has stopped listening', async () => {
    const listener = (): void => {};
    flushAtExit(target, flush, true);
    target.on('SIGINT', listener);
    target.emit('SIGINT', 'SIGINT');
    await flushed();
    target.off('SIGINT', listener);
    target.emit('SIGINT', 'SIGINT');
    await flushed();
    expect([flushes, target.kills]).toEqual([2, ['SIGINT to 42']]);
  });
});

test('when the event loop runs empty everything is sent, and that running empty sends nothing more', async () => {
  flushAtExit(target, flush, true);
  target.emit('beforeExit');
  await flushed();
  target.emit('beforeExit');
  expect(flushes).toBe(1);
});

test('with handleSignals off, signals are nobody’s business', () => {
  flushAtExit(target, flush, false);
  expect(target.eventNames()).toEqual(['beforeExit']);
});

test('after detaching no listener is left, even when a flush was under way', async () => {
  const detach = flushAtExit(target, flush, true);
  target.on('SIGTERM', () => {});
  target.emit('SIGTERM', 'SIGTERM');
  detach();
  await flushed();
  expect(target.eventNames()).toEqual(['SIGTERM']);
  expect(target.listenerCount('SIGTERM')).toBe(1);
});
