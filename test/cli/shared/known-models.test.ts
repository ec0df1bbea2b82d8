import { describe, expect, it } from 'vitest';
import {
  cheaperThan,
  checkModel,
  listedPrice,
  readModels,
  tableModels,
} from '../../../src/cli/shared/known-models.ts';
import { costOf } from '../../../src/index.ts';

describe('cheaperThan', () => {
  it.each([
    ['gpt-5', ['gpt-5-mini', 'gpt-5-nano']],
    ['gpt-5-2025-08-07', ['gpt-5-mini', 'gpt-5-nano']],
    ['gpt-5-nano', []],
    ['gpt-4o', ['gpt-4o-mini']],
    ['gpt-4.1', ['gpt-4.1-mini', 'gpt-4.1-nano']],
    ['o3', ['o3-mini']],
    ['gpt-6.1-sol', ['gpt-6.1-terra']],
    // It has no smaller one of its own generation.
    ['gpt-6.2-sol', ['gpt-6.1-terra', 'gpt-6-luna']],
    ['text-embedding-3-large', []],
    ['whisper-1', []],
    ['our-own-deployment', []],
    ['constructor', []],
  ])('of %s is %j', (model, cheaper) => {
    expect(cheaperThan(model)).toEqual(cheaper);
  });

  it('is cheaper for every model, whatever is asked', () => {
    for (const model of tableModels)
      for (const other of cheaperThan(model))
        for (const usage of [
          { inputTokens: 1_000, outputTokens: 0 },
          { inputTokens: 0, outputTokens: 1_000 },
        ])
          expect(costOf({ model: other, usage })).toBeLessThan(costOf({ model, usage }) ?? 0);
  });
});

describe('names of models', () => {
  it('are each there once', () => {
    expect(readModels('--model', ' gpt-5, gpt-5-mini,gpt-5 ,')).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(listedPrice('gpt-5-2025-08-07')).toBe(listedPrice('gpt-5'));
    expect(() => readModels('--model', ' , ')).toThrow('`--model` takes names of models');
  });

  it.each([
    ['gpt-5-mni', 'Did you mean `gpt-5-mini`?'],
    ['GPT-5', 'Did you mean `gpt-5`?'],
    ['gpt5', 'Did you mean `gpt-5`?'],
    ['x'.repeat(1_000), `\`${'x'.repeat(60)}…\`, which \`--model\` names`],
    ['constructor', 'See `telltale estimate --all x`'],
  ])('without a price are turned down: %s', (name, message) => {
    expect(() => checkModel('--model', name)).toThrow(message);
  });
});
