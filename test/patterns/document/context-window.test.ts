import { expect, it } from 'vitest';
import { contextWindowOf } from '../../../src/patterns/document/context-window.ts';

it('knows the windows of models, by the longest name that fits', () => {
  expect(contextWindowOf('gpt-5-mini-2025-08-07')).toEqual({
    contextTokens: 400_000,
    maxInputTokens: 272_000,
    maxOutputTokens: 128_000,
    isKnown: true,
  });
  expect(contextWindowOf('gpt-5.4').maxInputTokens).toBe(922_000);
  expect(contextWindowOf('gpt-5.4-mini').maxInputTokens).toBe(272_000);
  expect(contextWindowOf('gpt-4.1-nano').contextTokens).toBe(1_047_576);
  expect(contextWindowOf('gpt-4o-mini').contextTokens).toBe(128_000);
  expect(contextWindowOf('gpt-4-0613').contextTokens).toBe(8_192);
  expect(contextWindowOf('ft:gpt-4o-mini:acme::1').isKnown).toBe(true);
});

it('takes a model that it does not know for a small one', () => {
  for (const model of ['llama-4', 'gpt-50', '', 'my-deployment']) {
    expect(contextWindowOf(model)).toMatchObject({ contextTokens: 128_000, isKnown: false });
  }
});

it('says what is no name of a model', () => {
  expect(() => contextWindowOf(undefined as unknown as string)).toThrow('Expected `model` to be a text');
});
