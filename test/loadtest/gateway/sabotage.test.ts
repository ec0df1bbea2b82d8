import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { type Sabotage, sabotageNames, sabotages } from '../../../loadtest/gateway/sabotage/index.ts';
import { quotaIsKept } from '../../../loadtest/reconcile/i4-quota.ts';
import { retriesKeepTheRules } from '../../../loadtest/reconcile/i5-retries.ts';
import { scenarios } from '../../../loadtest/scenarios/index.ts';
import type { MockLimit } from '../../../src/mock/index.ts';
import { type SmallRun, smallRun } from '../fixtures/small-run.ts';

const documentation = readFileSync(new URL('../../../docs/load-testing.md', import.meta.url), 'utf8');

vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');

/** 30 of the calls at once, and the others within four seconds. */
const quota: readonly MockLimit[] = [{ requests: 30, perMs: 10_000 }];

/** A shorter form of each scenario in which a bug can show. */
const small: Readonly<Record<string, Omit<SmallRun, 'sabotage'>>> = {
  chaos: { faults: [{ status: 429, rate: 0.4, retryAfterMs: 20 }] },
  'retry-after': {
    faults: [
      { status: 429, rate: 0.3, retryAfterMs: 300 },
      { status: 503, rate: 0.1, retryAfterMs: 600_000 },
    ],
    options: {
      retry: { maxAttempts: 4, initialDelayMs: 10, maxDelayMs: 20, budget: { ratio: 1, burst: 1_000 } },
    },
    judge: (books) => retriesKeepTheRules(books, 4),
  },
  'broken-streams': {
    faults: [
      { kind: 'cut', rate: 0.15 },
      { kind: 'reset-midstream', rate: 0.15 },
      { kind: 'malformed', rate: 0.15 },
      { kind: 'error-event', rate: 0.15 },
      { kind: 'cut', rate: 0.1, afterChunks: 0 },
    ],
    streams: 60,
  },
  quota: {
    faults: [],
    options: { limits: [...quota], mode: 'mirror' },
    limits: quota,
    jsonCalls: 40,
    streams: 0,
    judge: ({ books }) => quotaIsKept(books.mock ?? [], { limits: quota }),
  },
  slow: {
    faults: [
      { kind: 'hang', rate: 0.1 },
      { kind: 'stall', rate: 0.2 },
    ],
    options: { streamIdleMs: 400 },
    timeoutMs: 400,
  },
};

function broken(invariants: Awaited<ReturnType<typeof smallRun>>) {
  return invariants
    .filter(({ difference }) => difference !== 0)
    .map(({ id, broken: how, examples }) => ({ id, how, examples }));
}

describe('the table of planted bugs', () => {
  it.each(sabotageNames)('%s names scenarios that there are', (name) => {
    expect(Object.keys(scenarios)).toEqual(expect.arrayContaining([...sabotages[name].scenarios]));
    expect(Object.keys(small)).toContain(sabotages[name].scenarios[0]);
  });

  it('has a different place in the verdict for each', () => {
    const places = sabotageNames.map((name) => `${sabotages[name].invariant} ${sabotages[name].named}`);
    expect(new Set(places).size).toBe(places.length);
  });
});

it.each(sabotageNames)('the documentation has a row for %s', (name) => {
  const { plants, scenarios: suitable, invariant, named } = sabotages[name];
  const shows = suitable.map((scenario) => `\`${scenario}\``).join(', ');
  expect(documentation).toContain(`| \`${name}\` | ${plants} | ${shows} | ${invariant} | ${named} |`);
});

describe('an honest wrapper', { timeout: 30_000 }, () => {
  it.each(Object.keys(small))('is green in %s', async (scenario) => {
    expect(broken(await smallRun({ faults: [], ...small[scenario] }))).toEqual([]);
  });
});

describe('a planted bug is found by the one invariant that names it', { timeout: 30_000 }, () => {
  it.each(sabotageNames.map((name): [Sabotage, string] => [name, sabotages[name].invariant]))(
    '%s by %s',
    async (sabotage, id) => {
      const { scenarios: suitable, named } = sabotages[sabotage];
      const found = broken(await smallRun({ faults: [], ...small[suitable[0]], sabotage }));
      expect(found).toEqual([
        { id, how: [expect.stringContaining(` × ${named}`)], examples: expect.anything() },
      ]);
    },
  );
});
