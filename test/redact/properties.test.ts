import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { redactSecrets } from '../../src/redact/redactor.ts';
import { harmless, type Secret, secrets } from './secrets.ts';

/** Machines that are busy with other things are slow. */
vi.setConfig({ testTimeout: 120_000 });

const before = fc.constantFrom(
  '',
  ' ',
  '\n',
  '"',
  "'",
  '(',
  ': ',
  '<',
  '\\n',
  '\\t',
  '\\u0022',
  '%20',
  '%3D',
  ', ',
  '] ',
  '| ',
);
const after = fc.constantFrom('', ' ', '\n', '"', "'", ')', ', ', '. ', '>', '\\n', ';', '!', ' |');

function expectGone(redacted: string, { kind, core }: Secret): void {
  if (redacted.includes(core)) throw new Error(`${kind} ${core} survived in ${redacted}`);
}

describe('a secret among other text', () => {
  it('never survives, whatever its kind', () => {
    fc.assert(
      fc.property(harmless, before, secrets, after, harmless, (start, left, secret, right, end) => {
        // Where it follows right on, there is a space.
        const text = `${start}${left === '' && start !== '' ? ' ' : left}${secret.text}${right === '' && end !== '' ? ' ' : right}${end}`;
        expectGone(redactSecrets(text), secret);
      }),
      { numRuns: 2000 },
    );
  });

  it('never survives as JSON in a text, however deep', () => {
    fc.assert(
      fc.property(secrets, fc.nat(3), (secret, depth) => {
        let text = JSON.stringify({ a: [{ b: secret.text }] });
        for (let level = 0; level < depth; level++) text = JSON.stringify({ text });
        expectGone(redactSecrets(text), secret);
      }),
      { numRuns: 500 },
    );
  });

  it('never survives among others', () => {
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 2, maxLength: 5 }), before, (several, left) => {
        const redacted = redactSecrets(several.map(({ text }) => text).join(`;${left}`));
        for (const secret of several) expectGone(redacted, secret);
      }),
      { numRuns: 500 },
    );
  });
});

describe('text without secrets', () => {
  it('comes back as it is', () => {
    fc.assert(
      fc.property(harmless, (text) => {
        expect(redactSecrets(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what was redacted', () => {
  it('comes back as it is when it is redacted again', () => {
    const fragments = fc.oneof(
      { weight: 3, arbitrary: secrets.map(({ text }) => text) },
      { weight: 2, arbitrary: harmless },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '@',
          '+',
          '-',
          '.',
          ' ',
          '://',
          ':',
          '/',
          '=',
          '"',
          '\\',
          '\\n',
          '(',
          ')',
          '%',
          'eyJ',
          'sk-',
          '-----BEGIN PRIVATE KEY-----',
          '-----END PRIVATE KEY-----',
          'password',
          'api key',
          'tel',
          '[',
          ']',
        ),
      },
      { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 10 }), (parts) => {
        const once = redactSecrets(parts.join(''));
        expect(redactSecrets(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});
