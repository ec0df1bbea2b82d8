// Writes the JSON Schema of a schedule's file, which is made from what the mock's parser checks.
import { writeFileSync } from 'node:fs';
import { scheduleSchema } from '../src/mock/chaos/schema.ts';

const file = new URL('../src/mock/schedule.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(scheduleSchema(), null, 2)}\n`);
