import { describe, expect, it } from 'vitest';
import { isOver, pollPauseMs } from '../../../loadtest/k6/job.ts';

describe('asking how far a job is', () => {
  it.each([
    ['queued', false],
    ['in_progress', false],
    ['completed', true],
    ['failed', true],
    ['incomplete', true],
    ['cancelled', true],
  ])('%s is an end: %s', (status, over) => {
    expect(isOver(status)).toBe(over);
  });

  it.each([
    [0, 100],
    [600, 200],
    [60_000 / 3, 1_000],
    [25_001, undefined],
  ])('at an age of %i ms comes after %s ms', (ageMs, pauseMs) => {
    expect(pollPauseMs(ageMs)).toBe(pauseMs);
  });
});
