import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatBody, json } from './answers.ts';
import { chatParams } from './contract-case.ts';
import { perform } from './perform.ts';
import { type EndedSpan, isError, SpanBook } from './span-book.ts';
import { worlds } from './worlds.ts';

const [choice] = chatBody.choices;
const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{}' } });
const toolTurn = json({
  ...chatBody,
  choices: [
    {
      ...choice,
      message: { role: 'assistant', content: null, tool_calls: [call('1', 'good'), call('2', 'asking')] },
      finish_reason: 'tool_calls',
    },
  ],
});
const tool = <T>(name: string, run: () => T) => ({
  type: 'function' as const,
  function: { name, description: name, parameters: {}, parse: JSON.parse, function: run },
});

describe.each(worlds)('tools run by openai $version', (world) => {
  let book: SpanBook;
  beforeAll(() => {
    book = new SpanBook();
  });
  afterAll(() => book.close());

  /** Each span by name, under the name of its parent. */
  function tree(): string[] {
    const all: readonly EndedSpan[] = book.ended;
    const nameOf = (id: string | undefined): string =>
      all.find((span) => span.spanContext().spanId === id)?.name ?? '-';
    return book.own.map((span) => `${nameOf(span.parentSpanContext?.spanId)} > ${span.name}`);
  }

  it('are spans beside the turns of the model, and the calls that a tool makes are its children', async () => {
    book.clear();
    await perform(
      {
        script: [toolTurn, json(chatBody), json(chatBody)],
        run: ({ client }) => {
          const tools = [
            tool('good', () => 'fine'),
            tool('asking', async () => (await client.chat.completions.create(chatParams)).id),
          ];
          return client.chat.completions.runTools({ ...chatParams, tools }).finalContent();
        },
      },
      world,
      true,
    );
    expect(tree().filter((line) => !line.includes('POST'))).toEqual([
      '- > run_tools gpt-5-mini',
      'run_tools gpt-5-mini > chat gpt-5-mini',
      'run_tools gpt-5-mini > execute_tool good',
      'run_tools gpt-5-mini > execute_tool asking',
      'execute_tool asking > chat gpt-5-mini',
      'run_tools gpt-5-mini > chat gpt-5-mini',
    ]);
    expect(book.ended.length).toBe(book.started.length);
    const executed = book.own.filter((span) => span.name.startsWith('execute_tool'));
    expect(executed.map((span) => span.attributes)).toEqual(
      ['good', 'asking'].map((name, index) => ({
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': name,
        'gen_ai.tool.type': 'function',
        'gen_ai.tool.call.id': String(index + 1),
      })),
    );
  });

  it('say that they failed and nothing of what they said', async () => {
    book.clear();
    const secret = 'canary-7f';
    const { error } = await perform(
      {
        script: [toolTurn],
        run: ({ client }) => {
          const tools = [
            tool('good', async () => {
              throw new Error(secret);
            }),
            tool('asking', () => 'x'),
          ];
          return client.chat.completions.runTools({ ...chatParams, tools }).finalContent();
        },
      },
      world,
      true,
    );
    expect(error).toBeDefined();
    const failed = book.own.filter((span) => span.name === 'execute_tool good');
    expect(failed.map((span) => [isError(span), span.attributes['error.type']])).toEqual([
      [true, 'tool_error'],
    ]);
    expect(book.ended.length).toBe(book.started.length);
    expect(
      JSON.stringify(book.ended.map(({ attributes, events, status }) => [attributes, events, status])),
    ).not.toContain(secret);
  });
});
