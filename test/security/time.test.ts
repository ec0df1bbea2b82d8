import { describe, expect, it } from 'vitest';
import { plain } from '../../src/cli/shared/plain.ts';
import { describeFault } from '../../src/describe-fault.ts';
import { outsideWord, shownAddress, withoutKeys } from '../../src/outside-word.ts';
import { routeOf } from '../../src/wrap/route.ts';

/*
 * Patterns over texts of somebody else's, on a text that begins what it does not end. Work that grows with the square of its
 * length takes hours here, and the test does not come to its end; those of `src/redact` have a test of their own.
 */

const length = 300_000;
const pieces = [
  'a',
  ' ',
  '\n',
  '\n ',
  ' at ',
  '\n at a:1:',
  '/',
  '//',
  '//@',
  '?',
  '#',
  '-',
  'sk-',
  'sk-A',
  'bearer ',
  'bearer\n',
  '*',
  '\u202e',
  '\r\n',
  'a:/',
  '.',
  '_',
  '%',
];

describe.each(pieces)('a long text of %j', (piece) => {
  const text = piece.repeat(Math.ceil(length / piece.length));

  it('is read to its end', () => {
    const fault = new Error(text);
    fault.stack = `${text}\n    at real (file:///a.js:1:2)`;
    // Whoever changes the message of an error leaves the old one in its stack.
    fault.message = 'another';
    expect(describeFault(fault)).toContain('Error');
    expect(routeOf(text)).toMatch(/^\//);
    expect(plain(text).length).toBeGreaterThan(0);
    expect(outsideWord(text).length).toBeLessThan(300);
    expect(withoutKeys(text).length).toBeGreaterThan(0);
    expect(shownAddress(text)).not.toContain('?');
  });
});
