import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fallOut } from '../../../src/patterns/conversation/fall-out.ts';
import { conversation, type Model, startModel, ways } from './support.ts';

let model: Model;
beforeAll(async () => {
  model = await startModel(undefined, ({ body, text }) =>
    String(body['instructions']).includes('your summary') ? `so far:${namesIn(text)}` : undefined,
  );
});
afterAll(async () => {
  await model.mock.close();
});

/** What users said, and nothing of the answers, which repeat it. */
function namesIn(text: string): string {
  return (text.replaceAll(/re: \w+/g, '').match(/\bt\d+\b/g) ?? []).map((name) => ` ${name}`).join('');
}

const run = fc.record({
  via: fc.constantFrom(...ways),
  keep: fc.record({ turns: fc.integer({ min: 1, max: 4 }), leave: fc.constantFrom(0, 0.3, 0.5, 1) }),
  count: fc.integer({ min: 1, max: 9 }),
});

it('tells the model of each turn once, in order: in the summary or in full, and of no more in full than it may', async () => {
  let id = 0;
  await fc.assert(
    fc.asyncProperty(run, async ({ via, keep, count }) => {
      id += 1;
      const chat = await conversation({
        client: model.client,
        id: `u${id}`,
        model: 'gpt-4.1-nano',
        via,
        keep,
      });
      /** The plain model: which turns are shown in full. */
      let full: string[] = [];
      const all: string[] = [];
      for (let at = 0; at < count; at++) {
        const name = `t${at}`;
        const sizes = full.map(() => 0);
        full = full.slice(fallOut(sizes, { ...keep, tokens: Number.POSITIVE_INFINITY }));
        await chat.send(name);
        const lines = model.shown.at(-1) ?? [];
        const isSummary = (line: string): boolean => line.startsWith('user: [What was said before');
        const summary = lines.find(isSummary) ?? '';
        const shown = lines
          .filter((line) => line.startsWith('user: ') && !isSummary(line))
          .map((line) => line.slice(6));
        expect(shown).toEqual([...full, name]);
        expect([...namesIn(summary).trim().split(' ').filter(Boolean), ...shown]).toEqual([...all, name]);
        expect(shown.length - 1).toBeLessThanOrEqual(keep.turns);
        full.push(name);
        all.push(name);
      }
      expect(chat.totals().calls).toBe(count + chat.totals().summaries);
    }),
    { numRuns: 25 },
  );
}, 60_000);
