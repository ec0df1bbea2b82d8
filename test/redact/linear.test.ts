import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { redactSecrets } from '../../src/redact/redactor.ts';

/** Machines that are busy with other things are slow. */
vi.setConfig({ testTimeout: 120_000 });

/*
 * A pattern that is not linear hangs a process on the right input, and the input here is whatever people and models
 * write. The shape of a pattern tells: where every quantifier is bounded, except one at the very end, nothing that
 * was matched without bound has to be given back.
 */

const folders = ['redact', 'content'].map((name) => path.resolve(import.meta.dirname, '../../src', name));

/** The regular expressions that stand in the sources as literals. */
function literals(): string[] {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)));
  return files.flatMap((file) => {
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    return [
      ...code.matchAll(/(?<=[=(,:!?&|]\s*)\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/[gimsuy]*/g),
    ].map(([, source = '']) => source);
  });
}

/** Those that are put together when the modules are loaded. */
async function constructed(): Promise<string[]> {
  const sources: string[] = [];
  vi.resetModules();
  vi.stubGlobal(
    'RegExp',
    class extends RegExp {
      constructor(source: string, flags?: string) {
        super(source, flags);
        sources.push(source);
      }
    },
  );
  await import('../../src/redact/redactor.ts');
  return sources;
}

/** True when no quantifier is without bound, or only one that nothing follows. */
function isLinear(source: string): boolean {
  const shape = source
    .replace(/\\[pP]\{[^}]*\}|\\u[0-9A-Fa-f]{4}|\\./g, 'a')
    .replace(/\[[^\]]*\]/g, 'a')
    .replace(/\(\?<?[:=!]/g, '(');
  const unbounded = [...shape.matchAll(/[*+]|\{\d+,\}/g)];
  return (
    unbounded.every(({ index, 0: quantifier }) => /^[)$?]*$/.test(shape.slice(index + quantifier.length))) &&
    unbounded.length <= 1
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('every pattern', () => {
  it('is linear by its shape', async () => {
    const patterns = [...literals(), ...(await constructed())];
    expect(patterns.length).toBeGreaterThan(35);
    expect(patterns.filter((source) => !isLinear(source))).toEqual([]);
  });

  it.each(['(a+)+$', 'a+b', '(?:a*)*', 'x{2,}y', 'a*b*', '[a-z]+@'])('is not when it is %s', (source) => {
    expect(isLinear(source)).toBe(false);
  });

  it.each(['a+', '^a{2,5}[+*]$', '(?<!a)b(?:c|d)*', '\\d+$', '(?:\\p{L}{1,3})+'])(
    'is when it is %s',
    (source) => {
      expect(isLinear(source)).toBe(true);
    },
  );
});

/** A million characters that begin what they do not end. Quadratic work on one of these takes many minutes. */
const million = 1_000_000;
const unfinished = [
  'a',
  '1',
  '@',
  '-',
  '.',
  '+',
  '(',
  '%',
  '\\',
  '"',
  ' ',
  '=',
  ':',
  '[',
  'é',
  '話',
  '\n',
  '1 ',
  '12-',
  '1234 ',
  '0 ',
  '4111 ',
  '(1) ',
  '+1',
  'a.',
  'a@',
  '@a.',
  'a@a',
  '%40',
  'a%40a',
  '@a.a.',
  'eyJ',
  'eyJ.',
  'sk-',
  'sk-a',
  'sk-aaaaaaaaa ',
  'Bearer ',
  'Bearer a',
  'authorization:',
  'authorization: a ',
  'password',
  'password=',
  'password="',
  'password:',
  'api_key',
  '://',
  '://a',
  '://a:',
  '://a:b',
  'DE',
  'DE89',
  'DE89 ',
  'DE89 3704 0044 0532 0130 0',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '[redacted token]',
  'token=[redacted token]',
  'tel ',
  'tel 1',
  '\\u0022',
  '\\n',
  '?sig=',
  '&key=a',
  "'password':'",
  'x-amz-signature',
];

describe('a text of a million characters', () => {
  it.each(unfinished)('of %j is looked through to its end', (piece) => {
    const text = piece.repeat(Math.ceil(million / piece.length));
    expect(redactSecrets(`${text} bob@example.com`)).not.toContain('bob@example.com');
  });
});
