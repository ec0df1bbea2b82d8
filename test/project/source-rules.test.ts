import { describe, expect, test } from 'vitest';
import {
  filesStaySmall,
  openaiIsImportedByItsEntriesAlone,
  openTelemetryHasItsPlace,
  patternsStandOnThePublicApi,
  type Rule,
  stagesStandAlone,
  theMockStandsAlone,
  timeComesFromTheClock,
} from './rules.ts';
import { runtimeImports, sourceFiles } from './source.ts';

const files = sourceFiles();

interface RuleCase {
  readonly says: string;
  readonly rule: Rule;
  /** Text that the rule must find fault with, and where it would stand. */
  readonly breaking: readonly (readonly [name: string, text: string])[];
  readonly keeping: readonly (readonly [name: string, text: string])[];
}

const cases: readonly RuleCase[] = [
  {
    says: 'a stage imports no other stage, except `wrap`, which puts them together',
    rule: stagesStandAlone,
    breaking: [
      ['send/a.ts', `import { x } from '../account/b.ts';`],
      ['observe/a.ts', `import {\n  x,\n} from '../wrap/b.ts';`],
      ['account/a.ts', `export { x } from '../send/b.ts';`],
      ['admit/deep/a.ts', `const x = await import('../../attempt/b.ts');`],
    ],
    keeping: [
      ['send/a.ts', `import type { X } from '../account/b.ts';`],
      ['send/a.ts', `import { x } from './account.ts';\nimport { y } from '../tag.ts';`],
      ['wrap/a.ts', `import { x } from '../send/b.ts';`],
      ['register/a.ts', `import { x } from '../wrap/b.ts';`],
    ],
  },
  {
    says: 'only `observe` and `node` import OpenTelemetry',
    rule: openTelemetryHasItsPlace,
    breaking: [
      ['wrap/a.ts', `import { trace } from '@opentelemetry/api';`],
      ['index.ts', `import '@opentelemetry/sdk-node';`],
    ],
    keeping: [
      ['observe/a.ts', `import { trace } from '@opentelemetry/api';`],
      ['options.ts', `import type { Attributes } from '@opentelemetry/api';`],
    ],
  },
  {
    says: 'only the entries that are about the openai package import it at run time',
    rule: openaiIsImportedByItsEntriesAlone,
    breaking: [
      ['wrap/a.ts', `import OpenAI from 'openai';`],
      ['wrap/a.ts', `import { Stream } from 'openai/streaming';`],
      ['index.ts', `const openai = require('openai');`],
      ['openai.ts', `export * from './openai-types.ts';`],
    ],
    keeping: [
      ['wrap/a.ts', `import type OpenAI from 'openai';`],
      ['openai.ts', `export * from 'openai';`],
    ],
  },
  {
    says: 'the patterns stand on the public API',
    rule: patternsStandOnThePublicApi,
    breaking: [
      ['patterns/a.ts', `import { x } from '../wrap/observe-client.ts';`],
      ['patterns/chat/a.ts', `import type { X } from '../../account/prices.ts';`],
    ],
    keeping: [
      [
        'patterns/chat/a.ts',
        `import { observe } from '../../index.ts';\nimport { y } from '../store/a.ts';\nimport pLimit from 'p-limit';`,
      ],
    ],
  },
  {
    says: 'the mock shares only checks, clock and errors with the rest, and needs no package but yaml',
    rule: theMockStandsAlone,
    breaking: [
      ['mock/a.ts', `import { priceTable } from '../account/price-table.ts';`],
      ['mock/a.ts', `import { tag } from '../tag.ts';`],
      ['mock/a.ts', `import type { Usage } from '../call.ts';`],
      ['mock/a.ts', `import OpenAI from 'openai';`],
    ],
    keeping: [
      ['mock/a.ts', `import http from 'node:http';\nimport { x } from '../check.ts';\nimport './b.ts';`],
    ],
  },
  {
    says: 'a file has at most 250 lines',
    rule: filesStaySmall,
    breaking: [['a.ts', 'x;\n'.repeat(251)]],
    keeping: [['a.ts', 'x;\n'.repeat(250)]],
  },
  {
    says: 'time and randomness come from the clock',
    rule: timeComesFromTheClock,
    breaking: [
      ['wrap/a.ts', 'const at = Date.now();'],
      ['wrap/a.ts', 'const at = new Date();'],
      ['wrap/a.ts', 'const id = randomUUID();'],
      ['mock/main.ts', 'setTimeout(stop, 5);'],
      ['node/a.ts', 'const signal = AbortSignal.timeout(5);'],
    ],
    keeping: [
      ['clock.ts', 'const at = Date.now();'],
      ['wrap/a.ts', '/** Unlike `Date.now` it never goes back. */\nconst at = new Date(clock.epochMs());'],
    ],
  },
];

describe.each(cases)('$says', ({ rule, breaking, keeping }) => {
  test('throughout src/', () => {
    expect(files.flatMap(rule)).toEqual([]);
  });

  test.each(breaking)('and a breach in %s is seen: %j', (name, text) => {
    expect(rule({ name, text })).toHaveLength(1);
  });

  test.each(keeping)('and %s may have %j', (name, text) => {
    expect(rule({ name, text })).toEqual([]);
  });
});

test('the imports of this source are seen at all', () => {
  const wrap = files.filter(({ name }) => name.startsWith('wrap/'));
  expect(wrap.flatMap(runtimeImports)).toContain('observe/telemetry.ts');
});
