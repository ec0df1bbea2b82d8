/** Where the application keeps conversations: there is one of the user `u-42`. */
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { conversation, memoryRecords, type RecordStore } from '../../../src/patterns/index.ts';

export const store: RecordStore = memoryRecords();

const chat = await conversation({ client: observe(new OpenAI()), id: 'u-42', model: 'gpt-5-mini', store });
await chat.send('Hello');
