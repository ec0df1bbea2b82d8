import { describe, expect, it } from 'vitest';
import { plant, type Sabotage } from '../../../loadtest/gateway/sabotage.ts';
import type { Attempt, Call } from '../../../src/call.ts';
import type { CallObserver, Observer } from '../../../src/observer.ts';

function newCall(): Call {
  return {
    request: {
      operation: 'chat',
      endpoint: 'chat',
      method: 'POST',
      route: '/chat/completions',
      streamed: false,
      provider: 'openai',
      serverAddress: 'localhost',
    },
    startedMs: 0,
    response: {},
    usage: { source: 'provider', inputTokens: 10, outputTokens: 5 },
    attempts: 0,
    backoffMs: 0,
    chunks: 0,
  };
}

/** Plays `count` calls of two attempts each to an observer of the given sabotage; what it heard. */
function play(sabotage: Sabotage, count: number) {
  const heard: string[] = [];
  const usages: unknown[] = [];
  const listener: CallObserver = {
    attemptStarted: ({ index }) => heard.push(`start ${index}`),
    within: (_attempt, send) => {
      heard.push('within');
      return send();
    },
    requestSending: () => heard.push('sending'),
    attemptEnded: ({ index }) => heard.push(`end ${index}`),
    ended: (call) => {
      heard.push('ended');
      usages.push(call.usage);
    },
  };
  const second: string[] = [];
  const other: Observer = () => ({ ended: () => second.push('ended') });
  const [spoilt, untouched] = plant(sabotage, [() => listener, other]);
  let sent = 0;
  for (let index = 0; index < count; index++) {
    const call = newCall();
    const told = spoilt?.(call);
    const alsoTold = untouched?.(call);
    for (let number = 0; number < 2; number++) {
      const attempt: Attempt = { call, index: number, startedMs: 0, sent: false };
      told?.attemptStarted?.(attempt);
      const send = async () => sent++;
      if (told?.within) void told.within(attempt, send);
      else void send();
      told?.requestSending?.(attempt, new Headers());
      told?.attemptEnded?.(attempt);
    }
    told?.ended?.(call);
    alsoTold?.ended?.(call);
  }
  const times = (what: string): number => heard.filter((one) => one === what).length;
  return { times, usages, sent, second };
}

describe('a planted bug', () => {
  it('lost-attempt hides every 50th retry, and only retries', () => {
    const { times, sent } = play('lost-attempt', 100);
    expect([times('start 0'), times('end 0')]).toEqual([100, 100]);
    expect([times('start 1'), times('end 1')]).toEqual([98, 98]);
    expect([times('within'), times('sending')]).toEqual([198, 198]);
    expect(times('ended')).toBe(100);
    expect(sent).toBe(200);
  });

  it('double-tokens doubles the tokens of every 100th call', () => {
    const { usages } = play('double-tokens', 200);
    const doubled = { source: 'provider', inputTokens: 20, outputTokens: 10 };
    expect(usages.flatMap((usage, index) => (usage === undefined ? [] : [[usage, index]]))).toHaveLength(200);
    expect(usages[99]).toEqual(doubled);
    expect(usages[199]).toEqual(doubled);
    expect(usages.filter((usage) => JSON.stringify(usage) === JSON.stringify(doubled))).toHaveLength(2);
  });

  it('open-span keeps the end of every 100th call from the telemetry, and from nobody else', () => {
    const { times, second } = play('open-span', 200);
    expect(times('ended')).toBe(198);
    expect(times('end 1')).toBe(200);
    expect(second).toHaveLength(200);
  });
});
