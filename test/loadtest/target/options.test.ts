import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { verdictFileOf } from '../../../loadtest/report/verdict-file.ts';
import { readTargetOptions } from '../../../loadtest/target/options.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { exampleRun } from '../report-html/example-run.ts';

const read = (...args: string[]) => readTargetOptions(args, () => 7);
const url = 'http://127.0.0.1:3000/ask';

function file(name: string, text: string): string {
  const at = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), name);
  writeFileSync(at, text);
  return at;
}

function problem(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return 'no problem';
}

describe('one request, as curl would take it', () => {
  it('has defaults for everything but where', () => {
    expect(read('--target', url)).toEqual({
      origin: new URL(url),
      requests: [
        { name: '/ask', method: 'GET', url, headers: {}, body: null, weight: 1, isStream: false, accept: [] },
      ],
      scenario: 'chaos',
      seed: 7,
      durationMs: 60_000,
      perSecond: 20,
      timeoutMs: 60_000,
      mockPort: 4_010,
      otlpPort: 4_318,
    });
  });

  it('posts a body as JSON, unless a header says what it is', () => {
    const [json] = read('--target', url, '--body', '{"q":1}', '--header', 'X-Key: a:b')?.requests ?? [];
    expect(json).toMatchObject({
      method: 'POST',
      body: '{"q":1}',
      headers: { 'X-Key': 'a:b', 'content-type': 'application/json' },
    });
    const [text] =
      read(
        '--target',
        url,
        '--method',
        'put',
        '--body',
        `@${file('a.txt', 'hello')}`,
        '--header',
        'Content-Type: text/plain',
      )?.requests ?? [];
    expect(text).toMatchObject({ method: 'PUT', body: 'hello', headers: { 'Content-Type': 'text/plain' } });
    expect(Object.keys(text?.headers ?? {})).toHaveLength(1);
  });

  it.each([
    [[], '`--target` needs the address of your service'],
    [['--target', '127.0.0.1:3000'], 'Expected `--target` to be an address such as'],
    [['--target', 'ftp://a/'], 'Expected `--target` to be an address such as'],
    [['--target', url, '--header', 'no colon'], 'Expected `--header` to be such as'],
    [['--target', url, '--header', 'a b: c'], 'Expected `--header` to be such as'],
    [['--target', url, '--body', '@/no/such'], '`--body` cannot be read: ENOENT'],
    [['--target', url, '--scenario', 'stom'], 'Expected `--scenario` to be one of chaos, calm'],
    [['--target', url, '--rate', '0'], 'Expected `--rate` to be a whole number from 1 to 2000, got `0`'],
    [['--target', url, '--rate', '2000', '--duration', '30m'], 'the most is 200000 requests'],
    [
      ['--target', url, '--duration', '1s'],
      'Expected `--duration` to be a time such as 500ms, 30s or 2m, from 4s to 30m, got `1s`',
    ],
    [['--target', url, '--min-success', '99'], 'Expected `--min-success` to be a part above 0 and up to 1'],
    [['--target', url, '--max-p95', 'fast'], 'Expected `--max-p95` to be a time'],
    [['--target', url, '--port', '1'], "Unknown option '--port'"],
    [['--target', url, 'more'], 'Unexpected argument'],
    [
      ['--target', url, '--requests', 'a.yaml', '--body', 'x'],
      '`--requests` says what is asked, so `--body` has no meaning beside it',
    ],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(problem(...args)).toContain(sentence);
  });
});

describe('the report', () => {
  const run = exampleRun();
  const stormVerdict = verdictFileOf({ ...run, header: { ...run.header, scenario: 'storm' } });
  const earlier = file('verdict.json', JSON.stringify(stormVerdict));

  it('is judged, compared and written where asked', () => {
    const options = read(
      ...['--target', url, '--scenario', 'storm', '--slo', '700ms', '--slo-first-token', '1s'],
      ...['--compare', earlier, '--tolerance', '5%', '--fail-on-regression'],
      ...['--json', 'a.json', '--markdown', 'b.md'],
    );
    expect(options).toMatchObject({
      serviceLevel: { wholeMs: 700, firstTokenMs: 1_000 },
      compare: { file: earlier, verdict: { scenario: 'storm' }, tolerance: 0.05, failOnRegression: true },
      jsonFile: path.resolve('a.json'),
      markdownFile: path.resolve('b.md'),
    });
  });

  it.each([
    [['--tolerance', '5%'], '`--tolerance` needs `--compare`'],
    [['--fail-on-regression'], '`--fail-on-regression` needs `--compare`'],
    [['--slo', 'soon'], 'Expected `--slo` to be a time such as'],
    [['--compare', '/no/such'], '/no/such'],
    [['--compare', earlier, '--fail-on-regression'], 'is one of `storm`, this one would be of `chaos`'],
    [['--compare', earlier, '--tolerance', 'much'], 'Expected `--tolerance` to be'],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(problem('--target', url, ...args)).toContain(sentence);
  });
});

describe('requests in a file', () => {
  it('may be YAML or JSON', () => {
    const yaml = file(
      'r.yaml',
      '- path: /a\n  body: { question: hello }\n  weight: 3\n- path: /b?c=1\n  stream: true\n  accept: [200, 404]\n',
    );
    const json = file(
      'r.json',
      JSON.stringify([
        { path: '/a', body: { question: 'hello' }, weight: 3 },
        { path: '/b?c=1', stream: true, accept: [200, 404] },
      ]),
    );
    const requests = read('--target', url, '--requests', yaml)?.requests;
    expect(requests).toEqual([
      {
        name: '/a',
        method: 'POST',
        url: 'http://127.0.0.1:3000/a',
        headers: { 'content-type': 'application/json' },
        body: '{"question":"hello"}',
        weight: 3,
        isStream: false,
        accept: [],
      },
      {
        name: '/b',
        method: 'GET',
        url: 'http://127.0.0.1:3000/b?c=1',
        headers: {},
        body: null,
        weight: 1,
        isStream: true,
        accept: [200, 404],
      },
    ]);
    expect(read('--target', url, '--requests', json)?.requests).toEqual(requests);
  });

  it.each([
    ['- path: /a\n  wieght: 3\n', '2:11: Unknown field `[0].wieght`. Known: name, method, path'],
    ['- path: /a\n- weight: 0\n', '2:11: Expected `[1].weight` to be a whole number from 1 to 1000, got `0`'],
    ['- path: http://elsewhere/x\n', '1:9: Expected `[0].path` to be a path of http://127.0.0.1:3000'],
    ['- path: /a\n  accept: [20]\n', '2:11: Expected `[0].accept` to be a list of statuses'],
    ['- path: /a\n  headers: { a: 1 }\n', 'Expected `[0].headers` to be an object of texts'],
    ['- a\n', 'Expected `[0]` to be a request with a `path`'],
    ['a: 1\n', 'Expected a list of requests'],
    ['', 'Expected a list of requests'],
    ['[\n', 'r.yaml:'],
  ])('%j is refused with its place', (text, sentence) => {
    expect(problem('--target', url, '--requests', file('r.yaml', text))).toContain(sentence);
  });
});
