import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObserveOptions } from '../../src/index.ts';
import { chatBody, chatChunk, chatEvents, events, json } from './answers.ts';
import { type ContractCase, chatParams } from './contract-case.ts';
import { perform } from './perform.ts';
import { RecordBook } from './record-book.ts';
import { type EndedSpan, isError } from './span-book.ts';
import { worlds } from './worlds.ts';

type ToolFunction = (args: never, ...more: unknown[]) => unknown;

interface Asked {
  readonly name: string;
  readonly args: string;
}

const [choice] = chatBody.choices;

/** A turn of the model that asks for tools, with the ids `id_0`, `id_1`, … */
function turn(...asked: readonly Asked[]) {
  const tool_calls = asked.map(({ name, args }, index) => ({
    id: `id_${index}`,
    type: 'function',
    function: { name, arguments: args },
  }));
  const message = { role: 'assistant', content: null, tool_calls };
  return json({ ...chatBody, choices: [{ ...choice, message, finish_reason: 'tool_calls' }] });
}

function tool(name: string, run: ToolFunction, parse: ((text: string) => unknown) | null = JSON.parse) {
  return {
    type: 'function' as const,
    function: { name, description: name, parameters: {}, ...(parse && { parse }), function: run },
  };
}

function running(
  tools: readonly ReturnType<typeof tool>[],
  ...asked: readonly Asked[]
): Pick<ContractCase, 'script' | 'run'> {
  return {
    script: [turn(...asked), json(chatBody)],
    run: ({ client }) =>
      client.chat.completions.runTools({ ...chatParams, tools: tools as never }).finalContent(),
  };
}

describe.each(worlds)('what tools are told and answer, openai $version', (world) => {
  let book: RecordBook;
  beforeAll(() => {
    book = new RecordBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  const executed = (): EndedSpan[] => book.spans.own.filter(({ name }) => name.startsWith('execute_tool'));
  /** What the only tool's span says. */
  const said = (): Record<string, unknown> => {
    const [span, ...others] = executed();
    if (!span || others.length > 0) throw new Error(`${others.length + 1} tools`);
    return span.attributes;
  };
  /** Runs bare and observed, which must be the same. */
  async function run(one: Pick<ContractCase, 'script' | 'run'>, options?: ObserveOptions): Promise<void> {
    const bare = await perform(one, world, false);
    const { result, error, exchanges } = await perform(one, world, true, options);
    expect({ result, error, exchanges }).toEqual({
      result: bare.result,
      error: bare.error,
      exchanges: bare.exchanges,
    });
  }

  it.each([undefined, 'none'] as const)('leave no trace with content: %s', async (content) => {
    const look = tool('look', () => ({ bird: 'Wagtail' }));
    let asked = 0;
    const redact = (text: string): string => {
      asked++;
      return text;
    };
    await run(running([look], { name: 'look', args: '{"who":"Kestrel"}' }), content && { content, redact });
    expect(said()).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': 'id_0',
    });
    expect(await book.text()).not.toMatch(/kestrel|wagtail/i);
    expect(asked).toBe(0);
  });

  it("are told with content: 'full', as JSON, without a key", async () => {
    const look = tool('look', async () => ({ bird: 'Wagtail of bob@example.com', found: [1, true] }));
    const args =
      '{"who": "Kestrel of bob@example.com", "with": "sk-proj-abcDEF0123456789", "also": "sk-test"}';
    await run(running([look], { name: 'look', args }), { content: 'full' });
    expect(said()).toMatchObject({
      'telltale.content.mode': 'full',
      'gen_ai.tool.call.arguments':
        '{"who":"Kestrel of bob@example.com","with":"[redacted api key]","also":"sk-test"}',
      'gen_ai.tool.call.result': '{"bird":"Wagtail of bob@example.com","found":[1,true]}',
    });
    expect(said()).not.toHaveProperty('telltale.content.cut.bytes');
  });

  it("are told without secrets with content: 'redacted', the client's own key included", async () => {
    const key = 'Firecrest-0123456789';
    const look = tool('look', () => `Found ${key} for bob@example.com`);
    const args = JSON.stringify({
      who: 'Kestrel, bob@example.com',
      key: 'sk-proj-abcDEF0123456789',
      password: 'Nuthatch',
      'eve@example.com': { deep: ['4111 1111 1111 1111', key] },
      again: '{"to":"bob@example.com"}',
    });
    const one = { ...running([look], { name: 'look', args }), options: { apiKey: key } };
    await run(one, { content: 'redacted' });
    const { 'gen_ai.tool.call.arguments': told, 'gen_ai.tool.call.result': result } = said();
    expect(JSON.parse(String(told))).toEqual({
      who: 'Kestrel, [redacted e-mail]',
      key: '[redacted api key]',
      password: '[redacted secret]',
      '[redacted e-mail]': { deep: ['[redacted card]', '[redacted api key]'] },
      again: '{"to":"[redacted e-mail]"}',
    });
    expect(result).toBe('Found [redacted api key] for [redacted e-mail]');
    expect(await book.text()).not.toMatch(/example\.com|abcDEF|Nuthatch|1111|Firecrest/);
  });

  it('are told as the tool was given them, whatever it makes of them', async () => {
    const look = tool('look', (args: { who?: string }) => {
      delete args.who;
      return 'done';
    });
    await run(running([look], { name: 'look', args: '{"who":"Kestrel"}' }), { content: 'full' });
    expect(said()).toMatchObject({
      'gen_ai.tool.call.arguments': '{"who":"Kestrel"}',
      'gen_ai.tool.call.result': 'done',
    });
  });

  it('are told of a tool without a parser, and of arguments that are no JSON', async () => {
    const look = tool('look', (text: string) => text.length, null);
    await run(running([look], { name: 'look', args: 'Kestrel {' }), { content: 'full' });
    expect(said()).toMatchObject({
      'gen_ai.tool.call.arguments': 'Kestrel {',
      'gen_ai.tool.call.result': '9',
    });
  });

  it('are told without a result of a tool that fails or returns nothing', async () => {
    const silent = tool('silent', () => undefined);
    const broken = tool('broken', async () => {
      throw new Error('Bullfinch');
    });
    await run(
      running([silent, broken], { name: 'silent', args: '{"a":1}' }, { name: 'broken', args: '{"b":2}' }),
      { content: 'full' },
    );
    const spans = executed().map((span) => [
      span.name,
      isError(span),
      span.attributes['gen_ai.tool.call.arguments'],
      span.attributes['gen_ai.tool.call.result'],
    ]);
    expect(spans).toEqual([
      ['execute_tool silent', false, '{"a":1}', undefined],
      ['execute_tool broken', true, '{"b":2}', undefined],
    ]);
    expect(JSON.stringify(executed().map(({ attributes, events }) => [attributes, events]))).not.toMatch(
      /Bullfinch/,
    );
  });

  it.each([
    ['JSON, which stays JSON', 1_400, true],
    ['JSON far beyond what is recorded, which is cut as a text', 100_000, false],
  ])('are cut to `contentMaxBytes`: %s', async (_, length, isJson) => {
    const look = tool('look', () => ({ found: 'ä'.repeat(length) }));
    await run(running([look], { name: 'look', args: JSON.stringify({ who: 'x'.repeat(length) }) }), {
      content: 'full',
      contentMaxBytes: 1024,
    });
    for (const name of ['arguments', 'result']) {
      const told = String(said()[`gen_ai.tool.call.${name}`]);
      expect(Buffer.byteLength(told)).toBeLessThanOrEqual(1024);
      expect(told).toMatch(/…\[\d+ bytes cut\]/);
      if (isJson)
        expect(Object.keys(JSON.parse(told) as object)).toEqual([name === 'result' ? 'found' : 'who']);
    }
    expect(said()['telltale.content.cut.bytes']).toBeGreaterThan(length);
  });

  it('are told by their size where there is more structure than text', async () => {
    const look = tool('look', () => Array.from({ length: 400 }, () => ['a']));
    await run(running([look], { name: 'look', args: '{}' }), { content: 'full', contentMaxBytes: 1024 });
    expect(said()).toMatchObject({
      'gen_ai.tool.call.arguments': '{}',
      'gen_ai.tool.call.result': '{"type":"telltale.cut","bytes":2401}',
      'telltale.content.cut.bytes': 2401,
    });
  });

  it('are left out, both, where the function for redacting fails, and the run is not affected', async () => {
    const look = tool('look', () => 'Wagtail');
    const redact = (text: string): string => {
      if (text.includes('Wagtail')) throw new Error(text);
      return text;
    };
    await run(running([look], { name: 'look', args: '{"who":"Kestrel"}' }), { content: 'full', redact });
    expect(said()).not.toHaveProperty('gen_ai.tool.call.arguments');
    expect(said()).not.toHaveProperty('gen_ai.tool.call.result');
    const text = book.said.join('\n');
    expect(executed()).toHaveLength(1);
    expect(text).toMatch(/The function `options.redact` failed and is ignored/);
    expect(text).not.toMatch(/Wagtail/);
  });

  it('are told without a result that is still to come, which is not asked for a second time', async () => {
    let asked = 0;
    const later = () => ({
      // biome-ignore lint/suspicious/noThenProperty: this is what a query builder is like
      then: (resolve: (value: string) => void) => {
        asked++;
        resolve('Wagtail');
      },
    });
    await run(running([tool('look', later)], { name: 'look', args: '{"a":1}' }), { content: 'full' });
    expect(said()).toMatchObject({ 'gen_ai.tool.call.arguments': '{"a":1}' });
    expect(said()).not.toHaveProperty('gen_ai.tool.call.result');
    // Once by the bare client and once by the observed one.
    expect(asked).toBe(2);
  });

  it('have no text put into the place of what no JSON can say', async () => {
    const looped: Record<string, unknown> = {};
    looped['self'] = looped;
    const look = tool('look', () => looped);
    const one = running([look], { name: 'look', args: '{"who":"Kestrel"}' });
    await run(
      { ...one, run: (site) => one.run(site).catch((error: Error) => error.name) },
      { content: 'full' },
    );
    expect(said()).not.toHaveProperty('gen_ai.tool.call.result');
    expect(book.spans.ended.length).toBe(book.spans.started.length);
  });

  it('go by the id of the call that the model made, where it can be told', async () => {
    const tools = [tool('parsed', () => 'a'), tool('plain', () => 'b', null), tool('other', () => 'c')];
    await run(
      running(
        tools,
        { name: 'unknown', args: '{}' },
        { name: 'plain', args: '{"n":1}' },
        { name: 'other', args: '{}' },
        { name: 'parsed', args: '{"n":1}' },
        { name: 'parsed', args: '{"n":2}' },
        { name: 'plain', args: '{"n":2}' },
      ),
    );
    const ids = executed().map((span) => `${span.name} ${span.attributes['gen_ai.tool.call.id']}`);
    expect(ids.sort()).toEqual([
      'execute_tool other id_2',
      // Which of the two it is cannot be told: they may be parsed in any order.
      'execute_tool parsed undefined',
      'execute_tool parsed undefined',
      'execute_tool plain id_1',
      'execute_tool plain id_5',
    ]);
  });

  it('go by that id where the turns are streamed', async () => {
    const asked = { index: 0, id: 'id_7', type: 'function', function: { name: 'look', arguments: '{}' } };
    const tools = [tool('look', () => 'a')];
    await run({
      script: [
        events([
          chatChunk({ role: 'assistant', content: null, tool_calls: [asked] }),
          chatChunk({}, 'tool_calls'),
          'data: [DONE]\n\n',
        ]),
        events(chatEvents),
      ],
      run: ({ client }) =>
        client.chat.completions
          .runTools({ ...chatParams, tools: tools as never, stream: true })
          .finalContent(),
    });
    expect(said()).toMatchObject({ 'gen_ai.tool.call.id': 'id_7' });
  });
});
