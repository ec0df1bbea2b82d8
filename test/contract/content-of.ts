import type { EndedSpan } from './span-book.ts';

/** The attributes of content. */
export const contentNames = {
  input: 'gen_ai.input.messages',
  output: 'gen_ai.output.messages',
  instructions: 'gen_ai.system_instructions',
  tools: 'gen_ai.tool.definitions',
} as const;

/** What the span of a call says of its content, parsed. */
export function contentOf(span: EndedSpan): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(contentNames).flatMap(([name, attribute]) => {
      const value = span.attributes[attribute];
      return value === undefined ? [] : [[name, JSON.parse(String(value)) as unknown]];
    }),
  );
}
