import { afterEach, describe, expect, it } from 'vitest';
import { type Call, observe, telltale } from '../../src/index.ts';
import { chatBody, chatPieces, events, failure, json } from './answers.ts';
import { chatParams } from './contract-case.ts';
import { ScriptedServer } from './scripted-server.ts';
import { worlds } from './worlds.ts';

describe.each(worlds)('flush with openai $version', ({ OpenAI }) => {
  let server: ScriptedServer;
  afterEach(() => server.close());

  async function setUp(script: Parameters<typeof ScriptedServer.start>[0]) {
    server = await ScriptedServer.start(script);
    const openai = observe(new OpenAI({ apiKey: 'k', baseURL: server.origin }));
    const ended: Call[] = [];
    telltale(openai).on('call', (call) => ended.push(call));
    return { openai, ended };
  }

  it('tells of a call that still waits, and leaves the call alone', async () => {
    const { openai, ended } = await setUp(['silence']);
    const abort = new AbortController();
    const answer = openai.chat.completions.create(chatParams, { signal: abort.signal });
    await server.arrived(1);
    expect(await telltale(openai).flush()).toBe(1);
    expect(ended.map(({ outcome, errorType }) => [outcome, errorType])).toEqual([['abandoned', 'flushed']]);
    expect(telltale(openai).openCalls()).toBe(0);
    abort.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect(ended.length).toBe(1);
  });

  it('does not make a second call of one that goes on and tries again', async () => {
    const { openai, ended } = await setUp([failure(503, { 'retry-after-ms': '200' }), json(chatBody)]);
    const answer = openai.chat.completions.create(chatParams);
    await server.arrived(1);
    expect(await telltale(openai).flush()).toBe(1);
    expect((await answer).id).toBe(chatBody.id);
    expect(ended.length).toBe(1);
    expect(telltale(openai).stats().calls).toBe(1);
  });

  it('counts what a stream had brought by then', async () => {
    const { openai, ended } = await setUp([events([...chatPieces, { untilClientLeaves: true }])]);
    const stream = await openai.chat.completions.create({ ...chatParams, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text.length < 'Grüße aus Köln'.length) continue;
      expect(await telltale(openai).flush()).toBe(1);
      break;
    }
    expect(ended.map(({ outcome, chunks, usage }) => [outcome, chunks, usage.source])).toEqual([
      ['abandoned', 3, 'estimated'],
    ]);
  });

  it('waits for calls to end by themselves, as long as it is told to', async () => {
    const { openai, ended } = await setUp([failure(503, { 'retry-after-ms': '50' }), json(chatBody)]);
    // Only whoever asks for the answer has it read.
    const answer = openai.chat.completions.create(chatParams).then(({ id }) => id);
    await server.arrived(1);
    expect(await telltale(openai).flush({ waitMs: 30_000 })).toBe(0);
    expect(ended.map(({ outcome }) => outcome)).toEqual(['ok']);
    await answer;
  });

  it('has nothing to do where nothing is open', async () => {
    const { openai } = await setUp([]);
    expect(await telltale(openai).flush({ waitMs: 30_000 })).toBe(0);
  });

  it.each([
    [{ waitMs: -1 }, /Expected `options.waitMs` to be a number from 0 to 2147483647, got `-1` \(number\)/],
    [{ waitMs: '1' }, /Expected `options.waitMs` to be a number from 0 to 2147483647, got `"1"` \(string\)/],
    [{ wait: 1 }, /Unknown option `options.wait`. Did you mean `waitMs`\?/],
  ])('refuses %o', async (options, message) => {
    const { openai } = await setUp([]);
    await expect(telltale(openai).flush(options as never)).rejects.toThrow(message);
  });
});
