import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readEstimateArguments } from '../../../src/cli/estimate/arguments.ts';
import { estimateModels, type ModelEstimate } from '../../../src/cli/estimate/estimate-models.ts';
import { readInput } from '../../../src/cli/estimate/read-input.ts';
import { showEstimates } from '../../../src/cli/estimate/show.ts';
import { widthOf } from '../../../src/cli/shared/table.ts';
import { estimateCost } from '../../../src/index.ts';
import { temporaryDirectory } from '../support/filled-audit.ts';

// As if nobody had said which model they use.
beforeEach(() => void vi.stubEnv('OPENAI_MODEL', ''));

async function run(args: readonly string[], standardInput = '', columns = 200) {
  const settings = readEstimateArguments(args);
  if (!settings) throw new Error('expected no help');
  const input = await readInput(settings.words, Readable.from([Buffer.from(standardInput)]));
  const estimates = await estimateModels(input, settings);
  return { input, estimates, text: showEstimates(input, estimates, settings, columns) };
}

const modelsOf = (estimates: readonly ModelEstimate[]) => estimates.map(({ model }) => model);

function file(name: string, content: string | Uint8Array): string {
  const at = path.join(temporaryDirectory(), name);
  writeFileSync(at, content);
  return at;
}

const line = (body: object, more: object = {}) => `${JSON.stringify({ custom_id: 'a', body, ...more })}\n`;

describe('telltale estimate', () => {
  it('says what a text costs at a model and the smaller ones of its family', async () => {
    const { estimates, text } = await run(['Say', 'hello', '--max-output', '1000', '--output', '100']);
    expect(modelsOf(estimates)).toEqual(['gpt-5-mini', 'gpt-5-nano']);
    const question = { input: 'Say hello', outputTokens: 100, maxOutputTokens: 1_000 };
    for (const { model, inputTokens, outputTokens, usd } of estimates)
      expect({ model, inputTokens, outputTokens, usd }).toEqual(estimateCost({ model, ...question }));
    expect(text).toContain('One request with this text (at most 5 tokens in). Prices of ');
    expect(text).toMatch(/^gpt-5-mini +3 +\$0\.00000075 +\$0\.000201 +\$0\.002$/m);
  });

  it('takes --mock as the other commands do, which changes nothing here', async () => {
    expect((await run(['Say', 'hello', '--mock'])).estimates).toEqual(
      (await run(['Say', 'hello'])).estimates,
    );
  });

  it('says that an answer has no bound where it has none', async () => {
    const { text } = await run(['Say hello']);
    expect(text).toMatch(/^gpt-5-mini +3 +\$0\.00000075 +no bound$/m);
    expect(text).toContain('try --max-output 2000');
  });

  it('shows days, months, batches and the cache', async () => {
    const at = file('prompt.txt', 'x'.repeat(4_000));
    const { estimates, text } = await run([
      at,
      ...[
        '--model',
        'gpt-5,gpt-4o',
        '--max-output',
        '100',
        '--requests',
        '1000',
        '--batch',
        '--cached',
        '50%',
      ],
    ]);
    expect(estimates).toMatchObject([
      {
        usd: { least: 0.000_687_5, most: 0.0035 },
        batchUsd: { least: 0.000_343_75 },
        cacheSavesUsd: 0.000_562_5,
      },
      { usd: { least: 0.001_875 }, batchUsd: undefined, cacheSavesUsd: 0.000_625 },
    ]);
    expect(text).toContain(
      'One request with all of prompt.txt (at most 2,000 tokens in), 1,000 times a day, 50.0 % of the',
    );
    expect(text).toMatch(/^gpt-5 .* \$0\.688 – \$3\.50 +\$20\.6\d – \$105\.00$/m);
    expect(text).toMatch(/^gpt-4o .* unknown +\$0\.000625 /m);
    expect(text).toContain('In batches unknown: the price table has no price for batches of that model.');
  });

  it('adds the requests of a file up, each with its own maximum, at the models that they name', async () => {
    const at = file(
      'all.jsonl',
      line({ model: 'gpt-5', input: 'x'.repeat(400), max_output_tokens: 10 }) +
        `\n${JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }], max_completion_tokens: 20 })}\n` +
        line({ model: 'gpt-4o-mini', input: 'y' }),
    );
    const { estimates, text } = await run([at]);
    expect(estimates).toMatchObject([
      { model: 'gpt-5', requests: 2, outputTokens: { most: 30 } },
      { model: 'gpt-4o-mini', requests: 1, outputTokens: {} },
    ]);
    expect(text).toContain('All requests of all.jsonl together.');
    expect(text).toContain('no bound');
    const named = await run([at, '--model', 'gpt-5-nano', '--max-output', '5']);
    expect(named.estimates).toMatchObject([{ model: 'gpt-5-nano', requests: 3, outputTokens: { most: 15 } }]);
  });

  it('is the sum of what `estimateCost` says of each request, to the pico-dollar', async () => {
    const body = fc.record({
      model: fc.constantFrom('gpt-5', 'gpt-6-sol', 'gpt-5.4'),
      input: fc.string({ maxLength: 200 }),
      max_output_tokens: fc.nat({ max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 20 }), async (bodies) => {
        const { estimates } = await run(['-'], bodies.map((one) => line(one)).join(''));
        for (const { model, requests, usd } of estimates) {
          const own = bodies.filter((one) => one.model === model);
          const sum = (of: 'least' | 'most') =>
            own.reduce(
              (all, input) =>
                all + Math.round((estimateCost({ model, input }).usd?.[of] ?? Number.NaN) * 1e12),
              0,
            );
          expect(requests).toBe(own.length);
          expect(Math.round((usd?.least ?? 0) * 1e12)).toBe(sum('least'));
          expect(Math.round((usd?.most ?? 0) * 1e12)).toBe(sum('most'));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('reads a document, a text or requests from the standard input', async () => {
    expect((await run(['-'], 'Say hello')).input).toMatchObject({ kind: 'document', name: 'standard input' });
    expect((await run([], 'Say hello')).estimates[0]?.inputTokens.likely).toBe(3);
    expect((await run([], line({ input: 'x' }))).input.kind).toBe('requests');
    expect((await run([], '{"is": "JSON, and no request"}')).input.kind).toBe('document');
  });

  it('knows every model that is billed by tokens', async () => {
    const { estimates } = await run(['--all', 'x', '--max-output', '1']);
    expect(modelsOf(estimates)).toContain('gpt-6-astra');
    expect(estimates.filter(({ usd }) => usd?.most === undefined)).toEqual([]);
    const { text } = await run(['--model', 'whisper-1', 'x']);
    expect(text).toContain('Unknown: whisper-1 is billed by the minute of sound.');
  });

  it('takes the model of OPENAI_MODEL, which needs a price only where it is asked for', async () => {
    const env = file('.env', 'OPENAI_MODEL=gpt-4o');
    expect(modelsOf((await run(['x', '--env', env])).estimates)).toEqual(['gpt-4o', 'gpt-4o-mini']);
    const own = file('.env', 'OPENAI_MODEL=our-own-deployment');
    await expect(run(['x', '--env', own])).rejects.toThrow(
      'No price is known for `our-own-deployment`, which `OPENAI_MODEL` names',
    );
    expect(modelsOf((await run(['x', '--env', own, '-m', 'gpt-5'])).estimates)).toEqual(['gpt-5']);
  });

  it.each([60, 80, 120])('fits %i columns', async (columns) => {
    const args = [
      'x',
      '--all',
      '--requests',
      '99999',
      '--batch',
      '--cached',
      '10',
      '--max-output',
      '9',
      '--output',
      '3',
    ];
    const { text } = await run(args, '', columns);
    for (const one of text.split('\n')) expect(widthOf(one)).toBeLessThanOrEqual(columns);
    for (const title of [
      'tokens in',
      'least',
      'likely',
      'most',
      'in batches',
      'cache saves',
      'a day',
      'a month',
    ])
      expect(text).toContain(title);
  });
});

describe('what cannot be estimated', () => {
  it.each([
    [['-'], '', 'the standard input is empty'],
    [['not-there.pdf'], '', '`not-there.pdf` does not exist'],
    [['some/where'], '', '`some/where` does not exist'],
    [['-'], '\0\0\0\x01binary\0', 'standard input'],
  ])('%j with %j is said', async (args, input, message) => {
    await expect(run(args, input)).rejects.toThrow(message);
  });

  it('is a file with a line that is no request, or with none', async () => {
    await expect(run([file('a.jsonl', `${line({ input: 'x' })}{"half`)])).rejects.toThrow(
      /Line 2 of `.*a\.jsonl` is no JSON/,
    );
    await expect(run([file('a.jsonl', line({}).replace('{}', '7'))])).rejects.toThrow(
      /Line 1 of .* has no `body`/,
    );
    await expect(run([file('a.jsonl', Buffer.from([0xff, 0xfe, 10]))])).rejects.toThrow(
      /Line 1 .* is not UTF-8 text/,
    );
    await expect(run([file('a.jsonl', '\n\n')])).rejects.toThrow(/has no request: each line is one/);
    await expect(run([file('a.jsonl', line({ model: 'gpt-5-mni', input: '' }))])).rejects.toThrow(
      'Did you mean `gpt-5-mini`?',
    );
  });

  it('is a folder, an empty file, or a picture', async () => {
    const folder = path.join(temporaryDirectory(), 'folder');
    mkdirSync(folder);
    await expect(run([folder])).rejects.toThrow('is a directory');
    await expect(run([file('a.txt', '')])).rejects.toThrow('is empty');
    await expect(run([file('a.txt', Buffer.from('\x89PNG\r\n', 'latin1'))])).rejects.toThrow(
      'is a picture (PNG)',
    );
  });

  it('is nothing at all, where somebody sits at the terminal', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await expect(readInput([], terminal)).rejects.toThrow('Nothing to estimate: give a TEXT, a FILE, or -');
  });

  it.each([
    [['--model', 'gpt-5-mni', 'x'], 'Did you mean `gpt-5-mini`?'],
    [['--model', 'gpt-5', '--all', 'x'], '`--model` and `--all` are one or the other'],
    [['--max-output=-1', 'x'], '`--max-output` takes a whole number from 0'],
    [['--max-output', '1e3', 'x'], 'and this is `1e3`'],
    [['--requests', '0', 'x'], '`--requests` takes a whole number from 1'],
    [['--output', '1.5', 'x'], '`--output` takes a whole number'],
    [['--cached', '101', 'x'], '`--cached` takes a percentage from 0 to 100, and this is `101`'],
    [['--cached=-5', 'x'], '`--cached` takes a percentage'],
    [['--colour', 'x'], "Unknown option '--colour'"],
  ])('%j is turned down', (args, message) => {
    expect(() => readEstimateArguments(args)).toThrow(message);
  });
});
