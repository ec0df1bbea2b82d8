import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCostsArguments } from '../../../src/cli/costs/arguments.ts';
import { reportCosts } from '../../../src/cli/costs/report.ts';
import { showCosts } from '../../../src/cli/costs/show.ts';
import { widthOf } from '../../../src/cli/shared/table.ts';
import { costOf } from '../../../src/index.ts';
import { newAudit } from '../../account/audit/support.ts';
import { endedCall } from '../../account/calls.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { filledAudit, pricedCall, temporaryDirectory } from '../support/filled-audit.ts';

async function filled(): Promise<string> {
  const directory = temporaryDirectory();
  await filledAudit(directory);
  return directory;
}

async function report(...args: string[]) {
  const settings = readCostsArguments(args);
  if (!settings) throw new Error('expected no help');
  return await reportCosts(settings);
}

const shown = async (columns: number, ...args: string[]) => showCosts(await report(...args), columns);

describe('the report of costs', () => {
  it('adds up, names what has no price, and says why money was wasted', async () => {
    const text = await shown(120, await filled());
    expect(text).toContain('2026-01-01 to 2026-01-02: $0.383 for 148 calls, 5 failed.');
    expect(text).toContain(
      'Not in it: 4 calls of unknown cost. No price is known for our-own-deployment (3)',
    );
    expect(text).toContain('The cache saved $0.09; 17.0 % of the input came from it.');
    expect(text).toContain('Wasted: $0.05 ($0.05 on answers that showed nothing).');
    expect(text).toMatch(/^gpt-5 +≥ \$0\.36 +45 +5 +168,000 +80,000 +24,000 +\$0\.05$/m);
    expect(text).toMatch(/^our-own-deployment +unknown +3 /m);
    expect(text).toMatch(/^李雷 +≥ \$0\.023 /m);
    expect(text).toContain('- 108 calls set no maximum for their answer (most of gpt-5-nano)');
    expect(text).toContain('- 100 calls took more than 10 s without streaming (most of gpt-5-nano)');
    expect(text).toContain('- $0.05 went into answers that showed nothing');
    expect(text).toContain('- Prompts to gpt-5-nano have 3,000 tokens on average');
  });

  it('compares what Responses in the background used, which the calls that fetched them have booked', async () => {
    const directory = temporaryDirectory();
    const { audit, tell } = newAudit({ store: { directory } }, createFakeClock());
    const fetched = { endpoint: 'fetch_response', operation: 'fetch_response', model: undefined } as const;
    tell({}, pricedCall('gpt-5', 4_000, 0, 500, { ...fetched, sentModel: 'gpt-5' }));
    tell({}, endedCall({ ...fetched, costUsd: undefined }));
    await audit.flush();
    const { comparisons } = await report(directory, '--what-if', 'gpt-5-mini');
    const usage = { inputTokens: 4_000, outputTokens: 500 };
    expect(comparisons).toMatchObject([
      {
        model: 'gpt-5',
        costUsd: costOf({ model: 'gpt-5', usage }),
        alternatives: [{ model: 'gpt-5-mini', costUsd: costOf({ model: 'gpt-5-mini', usage }) }],
      },
    ]);
  });

  it('counts what batches cost, and makes none of it cheaper once more', async () => {
    const directory = temporaryDirectory();
    const { audit, tell } = newAudit({ store: { directory } }, createFakeClock());
    const asked = { endpoint: 'other', operation: 'GET /batches/{id}', model: undefined } as const;
    const usage = { inputTokens: 4_000, outputTokens: 500 };
    const batchUsd = costOf({ model: 'gpt-5', usage, batch: true }) ?? 0;
    tell({}, { ...pricedCall('gpt-5', 4_000, 0, 500, { ...asked, sentModel: 'gpt-5' }), costUsd: batchUsd });
    tell({}, pricedCall('gpt-5', 4_000, 0, 500, {}));
    await audit.flush();
    const { total, tables, comparisons } = await report(directory, '--batch');
    const fullUsd = costOf({ model: 'gpt-5', usage }) ?? 0;
    expect(total.costUsd).toBe(batchUsd + fullUsd);
    expect(tables[0]?.rows).toMatchObject([{ sentModel: 'gpt-5', calls: 2, costUsd: batchUsd + fullUsd }]);
    expect(comparisons[0]).toMatchObject({ calls: 1, costUsd: fullUsd });
    expect(comparisons[0]?.alternatives[0]).toMatchObject({ isBatch: true, costUsd: batchUsd });
    const { tables: byUser } = await report(directory, '--by', 'user,model');
    expect(byUser[0]?.rows).toMatchObject([{ calls: 2, costUsd: batchUsd + fullUsd }]);
  });

  it.each([60, 80, 120])('fits %i columns', async (columns) => {
    const text = await shown(columns, await filled(), '--batch');
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    for (const title of [
      'calls',
      'failed',
      'tokens in',
      'cached',
      'tokens out',
      'cost',
      'wasted',
      'would be',
      'saves',
    ])
      expect(text).toContain(title);
  });

  it('says what smaller models and batches would have cost for the very same tokens', async () => {
    const directory = await filled();
    const { comparisons } = await report(directory, '--batch');
    const usage = { inputTokens: 168_000, cachedInputTokens: 80_000, outputTokens: 24_000 };
    const [gpt5] = comparisons;
    expect(gpt5).toMatchObject({ model: 'gpt-5', costUsd: 0.36, unpricedCalls: 0 });
    expect(gpt5?.alternatives).toEqual([
      { model: 'gpt-5', isBatch: true, costUsd: 0.18, savesUsd: 0.18 },
      ...['gpt-5-mini', 'gpt-5-nano'].flatMap((model) =>
        [false, true].map((isBatch) => ({
          model,
          isBatch,
          costUsd: costOf({ model, usage, batch: isBatch }),
          savesUsd: expect.closeTo(0.36 - (costOf({ model, usage, batch: isBatch }) ?? 0), 10),
        })),
      ),
    ]);
    const named = await report(directory, '--what-if', 'gpt-4o,gpt-5');
    expect(
      named.comparisons.map(({ model, alternatives }) => [model, alternatives.map((one) => one.model)]),
    ).toEqual([
      ['gpt-5', ['gpt-4o']],
      ['gpt-5-nano', ['gpt-4o', 'gpt-5']],
      ['our-own-deployment', ['gpt-4o', 'gpt-5']],
    ]);
    expect(named.comparisons[1]?.alternatives[1]?.savesUsd).toBeLessThan(0);
    // What it did cost is not known, so neither is what another would have saved.
    expect(named.comparisons[2]?.alternatives[1]).toMatchObject({ costUsd: 0.00675, savesUsd: undefined });
  });

  it('counts many short prompts at the price of short ones, and does not know that of long ones', async () => {
    const directory = temporaryDirectory();
    const { audit, tell } = newAudit({ store: { directory } });
    for (let at = 0; at < 10; at++) tell({}, pricedCall('gpt-5', 100_000, 0, 0));
    await audit.flush();
    const short = await report(directory, '--what-if', 'gpt-5.4');
    expect(short.comparisons[0]?.alternatives[0]).toMatchObject({ costUsd: 2.5, savesUsd: -1.25 });
    for (let at = 0; at < 10; at++) tell({}, pricedCall('gpt-5', 900_000, 0, 0));
    await audit.flush();
    const long = await report(directory, '--what-if', 'gpt-5.4');
    expect(long.comparisons[0]?.alternatives[0]).toMatchObject({ costUsd: undefined, savesUsd: undefined });
  });

  it('tells apart by what is asked, and takes days and models out', async () => {
    const directory = await filled();
    const { tables } = await report(directory, '--by', 'tag:feature,asked');
    expect(tables).toHaveLength(1);
    expect(tables[0]?.rows.map(({ tags, model, calls }) => [tags?.['feature'], model, calls])).toEqual([
      ['search', 'gpt-5', 44],
      ['chat', 'gpt-5-nano', 100],
      ['chat', 'our-own-deployment', 3],
      ['chat', 'gpt-5', 1],
    ]);
    expect((await report(directory, '--from', '2026-01-02')).total.calls).toBe(104);
    expect((await report(directory, '--to', '2026-01-01')).total.calls).toBe(44);
    expect((await report(directory, '--model', 'gpt-5')).total.calls).toBe(45);
    await expect(report(directory, '--from', '2027-01-01')).rejects.toThrow(
      'No call from 2027-01-01 on is in',
    );
    await expect(report(directory, '--model', 'gpt-5-nan')).rejects.toThrow('Did you mean `gpt-5-nano`?');
    await expect(report(directory, '-m', 'claude')).rejects.toThrow(
      'There are calls of gpt-5, gpt-5-nano, our-own-deployment.',
    );
  });

  it('shows no user where nobody named one, and the dearest thirty where there are many', async () => {
    const directory = temporaryDirectory();
    const { audit, tell } = newAudit({ store: { directory } });
    tell({}, pricedCall('gpt-5', 10, 0, 0));
    await audit.flush();
    expect((await report(directory)).tables.map(({ by }) => by)).toEqual([['sentModel']]);
    for (let at = 0; at < 50; at++) tell({ user: `u-${at}` }, pricedCall('gpt-5', 1_000 * at, 0, 0));
    await audit.flush();
    const text = await shown(80, directory);
    expect(text).toContain('u-49');
    expect(text).not.toContain('u-3 ');
    expect(text).toContain('… and 21 more: see --csv or --json.');
  });

  it('has the rest of files with lines that are none, and says so', async () => {
    const directory = await filled();
    writeFileSync(path.join(directory, '2026-01-03.1.jsonl'), Buffer.from([0, 255, 10, 1, 2, 10]));
    const [first = ''] = readdirSync(directory);
    appendFileSync(path.join(directory, first), 'a torn li');
    const text = await shown(200, directory);
    expect(text).toContain('$0.383 for 148 calls');
    expect(text).toContain(`Not read: line 2 of ${path.join(directory, first)}; what it counted is missing.`);
    expect(text).toContain('Not read: 2 lines, from line 1 on, of');
  });

  it('does not know what an older version did not count', async () => {
    const directory = temporaryDirectory();
    writeFileSync(
      path.join(directory, '2026-01-01.1.jsonl'),
      '435924b5 {"v":1,"k":["u-1","chat","gpt-5",{},"gpt-5","chat"],"n":[3,0,100,50,10,5,0,0,0,0],"c":"2000000000","w":"1000000000"}\n',
    );
    const text = await shown(120, directory);
    expect(text).toContain('The cache saved an unknown amount, which an older version did not count; 50.0 %');
    expect(text).toContain('Wasted: $0.001 (why is unknown of what an older version counted).');
  });

  it.each([
    ['not', /There is no folder `.*not`: name the one that fileAuditStore was given/],
    ['file', /`.*file` is no folder/],
    ['empty', /There is no audit in `.*empty`: observe a client with audit/],
    ['binary', /Nothing in `.*binary` can be read/],
  ])('says what to do about a folder that is %s', async (name, message) => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'file'), '');
    mkdirSync(path.join(directory, 'empty'));
    mkdirSync(path.join(directory, 'binary'));
    writeFileSync(path.join(directory, 'binary', '2026-01-01.1.jsonl'), Buffer.alloc(1_000, 200));
    await expect(report(path.join(directory, name))).rejects.toThrow(message);
  });
});

describe('the arguments of costs', () => {
  it.each([
    [['a', 'b'], '`telltale costs` reads one FOLDER'],
    [['a', '--data', 'b'], 'leave `--data` and `--mock` out'],
    [['--json', '--csv'], 'one or the other'],
    [['--from', '2026-02-31'], '`--from` takes a day that exists, as 2026-11-28, and this is `2026-02-31`'],
    [['--to', '-1'], "Option '--to' argument is ambiguous"],
    [['--to=-1'], '`--to` takes a day that exists'],
    [['--from', '2026-02-02', '--to', '2026-02-01'], 'which is after `--to`'],
    [['--by', 'colour'], '`--by` takes model, asked, user, day, endpoint, operation and tag:NAME'],
    [['--by', 'tag:'], '`--by` takes model'],
    [['--what-if', 'gpt-5-mni'], 'Did you mean `gpt-5-mini`?'],
    [['--colour'], "Unknown option '--colour'"],
    [['--env', 'not/there'], '`--env` cannot read `not/there`: ENOENT'],
  ])('%j are turned down', (args, message) => {
    expect(() => readCostsArguments(args)).toThrow(message);
  });

  it('read the audit of the commands where no folder is named', () => {
    expect(readCostsArguments(['--data', 'kept'])?.directory).toBe(path.resolve('kept/audit'));
    expect(readCostsArguments(['--data', 'kept', '--mock'])?.directory).toBe(path.resolve('kept/mock/audit'));
    expect(readCostsArguments(['-h'])).toBeUndefined();
  });
});
