import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const sheet = readFileSync(
  new URL('../../../loadtest/report/html/styles/theme.css', import.meta.url),
  'utf8',
);
const [light = '', dark = ''] = sheet.split('@media screen and (prefers-color-scheme: dark)');

function coloursOf(css: string): ReadonlyMap<string, string> {
  return new Map(
    [...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** As WCAG 2.2 defines relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ['ink', 'page surface sunken good-soft bad-soft warn-soft void-soft faulty'],
  ['muted', 'page surface sunken bad-soft'],
  ['accent', 'page surface'],
  ['good', 'good-soft surface sunken'],
  ['bad', 'bad-soft surface sunken'],
  ['warn', 'warn-soft'],
  ['void', 'void-soft surface'],
] as const;
const DRAWN =
  'succeeded late failed offered retries p50 p95 p99 gateway call attempt backoff throttle other faulty-head';

describe.each([
  ['light', coloursOf(light)],
  ['dark', coloursOf(dark)],
])('the %s colours', (_scheme, colours) => {
  const pairs = TEXT.flatMap(([text, grounds]) =>
    grounds.split(' ').map((ground) => [text, ground] as const),
  );

  it.each(pairs)('set %s on %s with a contrast of at least 4.5', (text, ground) => {
    expect(contrast(colours.get(text) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it.each(DRAWN.split(' '))('draw %s with a contrast of at least 3 to the page', (name) => {
    expect(contrast(colours.get(name) ?? '', colours.get('surface') ?? '')).toBeGreaterThanOrEqual(3);
  });
});
