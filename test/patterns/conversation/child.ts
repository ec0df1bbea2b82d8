/** A process that has a conversation: it takes turns, and may kill itself at a step. */
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { conversation } from '../../../src/patterns/conversation/conversation.ts';
import type { ConversationVia } from '../../../src/patterns/index.ts';
import { fileRecords } from '../../../src/patterns/store/file/file-records.ts';
import { endAt, steppedFetch, steppedStore } from './stepped.ts';

export interface ConversationChildTask {
  readonly url: string;
  readonly directory: string;
  readonly via: ConversationVia;
  readonly says: readonly string[];
  /** The step at which it kills itself; 0 for never. */
  readonly killAt: number;
}

const task = JSON.parse(process.argv[2] ?? '') as ConversationChildTask;
const { atStep, names } = endAt(task.killAt, () => process.kill(process.pid, 'SIGKILL'));
const chat = await conversation({
  id: 'u',
  model: 'gpt-4.1-mini',
  via: task.via,
  store: steppedStore(fileRecords(task.directory), atStep),
  client: observe(new OpenAI({ apiKey: 'k', baseURL: task.url, maxRetries: 0, fetch: steppedFetch(atStep) })),
});
for (const text of task.says) await chat.send(text);
process.stdout.write(JSON.stringify(names));
