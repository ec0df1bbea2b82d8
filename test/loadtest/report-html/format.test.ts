import { describe, expect, it } from 'vitest';
import * as format from '../../../loadtest/report/format.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('figures', () => {
  it.each([
    [0, '0 ms'],
    [0.01, '<0.1 ms'],
    [0.42, '0.4 ms'],
    [9.96, '10 ms'],
    [340.4, '340 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1_240, '1.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_600, '1 h'],
    [4_320_000, '1 h 12 min'],
    [-5, '−5.0 ms'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(plain(format.duration(ms))).toBe(text);
  });

  it.each([
    [0, '$0.0000'],
    [0.012_34, '$0.0123'],
    [0.000_01, '<$0.0001'],
    [12.5, '$12.5000'],
    [1_234.567, '$1,234.57'],
    [-1, '−$1.0000'],
    [Number.NaN, 'unknown'],
  ])('writes %d dollars as %s', (usd, text) => {
    expect(format.usd(usd)).toBe(text);
  });

  it.each([
    [1, 1, '100 %'],
    [0, 5, '0 %'],
    [9_999, 10_000, '>99.9 %'],
    [1, 10_000, '<0.1 %'],
    [974, 1_000, '97.4 %'],
    [0, 0, '–'],
  ])('writes %d of %d as %s, never rounded to all or nothing', (part, of, text) => {
    expect(plain(format.share(part, of))).toBe(text);
  });

  it('groups thousands, and writes no minus before zero', () => {
    expect(format.count(12_345)).toBe('12,345');
    expect(format.count(-0)).toBe('0');
    expect(format.count(-0.2)).toBe('0');
    expect(format.count(-39)).toBe('−39');
    expect(format.shortCount(12_345_678)).toBe('12.35M');
  });

  it('never rounds a difference between books to 0', () => {
    expect(format.difference(0.000_012)).toBe('0.000012');
    expect(format.difference(-39)).toBe('−39');
    expect(format.difference(0)).toBe('0');
  });

  it('tells the time of a run and of a day', () => {
    expect(format.clock(65_000)).toBe('1:05');
    expect(format.clock(3_725_000)).toBe('1:02:05');
    expect(format.instant('2026-03-04T12:30:05.123Z')).toBe('2026-03-04 12:30:05 UTC');
    expect(format.instant('yesterday')).toBe('yesterday');
  });

  it('cuts an endless text and says so', () => {
    expect(format.clip('x'.repeat(5_000))).toMatch(/^x{2000}… \(5,000 characters\)$/);
    expect(format.clip('short')).toBe('short');
  });

  it('keeps every digit of an attribute', () => {
    expect(format.attribute(0.000_123_456)).toBe('0.000123456');
    expect(format.attribute(false)).toBe('false');
    expect(format.attribute(Number.NaN)).toBe('–');
  });
});
