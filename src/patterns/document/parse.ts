import type { Clock } from '../../clock.ts';
import { parseMarkdown } from './parse-markdown.ts';
import { parseText } from './parse-text.ts';
import type { Parsed, ParseTask } from './parsed.ts';
import { DocumentFault } from './unreadable.ts';

export interface ParseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export async function parse(task: ParseTask, _options: ParseOptions): Promise<Parsed> {
  if (task.type === 'text') return parseText(task.text, task.maxCharacters);
  if (task.type === 'markdown') return await parseMarkdown(task.text, task.maxCharacters);
  throw new DocumentFault(`is ${task.type}, which cannot be read yet.`);
}
