import { describe, expect, it } from 'vitest';
import { edgeMs, phaseOf } from '../../../loadtest/k6/phase-of.ts';

const phases = [
  { name: 'calm', fromMs: 0, toMs: 1_000 },
  { name: 'storm', fromMs: 1_000, toMs: 2_000 },
];

describe('the phase of a call', () => {
  it.each([
    [0, 'calm', true],
    [1_000 - edgeMs - 1, 'calm', true],
    [1_000 - edgeMs, 'calm', false],
    [999, 'calm', false],
    [1_000, 'storm', true],
    [1_999, 'storm', true],
    [2_500, 'storm', true],
  ])('at %i ms is %s, settled: %s', (atMs, name, settled) => {
    expect(phaseOf(phases, atMs)).toEqual({ name, settled });
  });
});
