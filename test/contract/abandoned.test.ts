import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, observe, telltale } from '../../src/index.ts';
import { chatBody, chatEvents, events, json } from './answers.ts';
import { chatParams } from './contract-case.ts';
import { ScriptedServer } from './scripted-server.ts';
import { worlds } from './worlds.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A clock that moves when it is told to. */
function handClock(): Clock & { advance: (ms: number) => void } {
  let nowMs = 0;
  let timers: { at: number; task: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    epochMs: () => nowMs,
    random: () => 0.5,
    schedule: (task, delayMs) => {
      const timer = { at: nowMs + delayMs, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const until = nowMs + ms;
      for (;;) {
        const next = timers.sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > until) break;
        timers = timers.filter((other) => other !== next);
        nowMs = next.at;
        next.task();
      }
      nowMs = until;
    },
  };
}

describe.each(worlds)('an answer of openai $version that nobody reads', ({ OpenAI }) => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start((_, body) =>
      body.includes('"stream":true') ? events(chatEvents) : json(chatBody),
    );
  });
  afterEach(() => server.close());

  it('ends as abandoned when ten minutes have passed, and not before', async () => {
    const clock = handClock();
    const client = observe(new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/v1` }), { clock });
    const outcomes: unknown[] = [];
    telltale(client).on('call', (call) => outcomes.push(call.outcome));
    const stream = await client.chat.completions.create({ ...chatParams, stream: true });
    clock.advance(9 * 60_000);
    expect([outcomes, telltale(client).openCalls()]).toEqual([[], 1]);
    clock.advance(2 * 60_000);
    expect([outcomes, telltale(client).openCalls()]).toEqual([['abandoned'], 0]);
    stream.controller.abort();
  });

  it('stays what it is when it is read after that', async () => {
    const clock = handClock();
    const client = observe(new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/v1` }), { clock });
    const outcomes: unknown[] = [];
    telltale(client).on('call', (call) => outcomes.push(call.outcome));
    const response = await client.chat.completions.create(chatParams).asResponse();
    clock.advance(11 * 60_000);
    expect(await response.json()).toEqual(chatBody);
    expect(outcomes).toEqual(['abandoned']);
  });

  it('ends as abandoned when it is a stream and the garbage collector takes it', async () => {
    const client = observe(new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/v1` }));
    const ended = new Promise((resolve) => telltale(client).on('call', (call) => resolve(call.outcome)));
    // In a function of its own, so that no register of this one keeps the answer.
    await (async () => void (await client.chat.completions.create({ ...chatParams, stream: true })))();
    let outcome: unknown;
    void ended.then((value) => {
      outcome = value;
    });
    for (let turn = 0; turn < 50 && outcome === undefined; turn++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(outcome).toBe('abandoned');
    expect(telltale(client).openCalls()).toBe(0);
  });
});
