import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { attributesOf, lineOf, logFields } from '../../src/observe/log-fields.ts';
import { exampleCall } from './example-call.ts';

const documented = readFileSync(path.resolve(import.meta.dirname, '../../docs/observing.md'), 'utf8');
const [, section = ''] = documented.split('\n## Logs\n');
const rows = [...section.matchAll(/^\| `(\w+)` \| (?:`([\w.]+)`|[^|]*) /gm)].map(([, name, attribute]) => [
  name,
  attribute,
]);

it('every field is documented with its attribute, in the order of the line', () => {
  expect(rows).toEqual(logFields.map(({ name, attribute }) => [name, attribute]));
});

it('the example in the documentation is a line', () => {
  const [, json = ''] = section.match(/```json\n(.*)\n```/) ?? [];
  const { level, time, msg, ...example } = JSON.parse(json);
  expect([level, time, msg]).toEqual([40, expect.any(Number), 'chat gpt-5-mini: empty']);
  expect(Date.parse(example.startTime)).toBeCloseTo(time - example.durationMs, -1);
  const order = logFields.map(({ name }) => name as string).filter((name) => name in example);
  expect(Object.keys(example)).toEqual(order);
});

it('a line is in milliseconds, and a record where the conventions are in seconds', () => {
  const facts = {
    call: { ...exampleCall(), endedMs: 1_234.567_891, firstChunkMs: 250.000_4 },
    attempt: undefined,
    span: undefined,
    endedAtMs: Date.UTC(2026, 0, 1, 0, 0, 2),
    errorMessage: undefined,
  };
  expect(lineOf(facts)).toMatchObject({
    startTime: '2026-01-01T00:00:00.765Z',
    durationMs: 1_234.568,
    firstChunkMs: 250,
  });
  expect(attributesOf(facts)).toMatchObject({
    'telltale.duration.ms': 1_234.568,
    'gen_ai.response.time_to_first_chunk': 0.25,
  });
});
