import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../loadtest/report/html/index.ts';
import type { RunReport } from '../../../loadtest/report/model.ts';
import { exampleRun } from './example-run.ts';
import { readPage } from './markup.ts';
import { VARIANTS } from './variants.ts';

const SECTIONS = [
  'key-figures',
  'timeline',
  'goodput',
  'phases',
  'latency',
  'errors',
  'cost',
  'books',
  'thresholds',
  'traces',
  'telemetry',
  'generator',
];
const read = (run: RunReport) => readPage(renderReport(run));

describe('the report of a run', () => {
  it('is the same page for the same run', () => {
    expect(renderReport(exampleRun(4))).toBe(renderReport(exampleRun(4)));
  });

  it.each(Object.keys(VARIANTS))('has every section, whatever the run (%s)', (name) => {
    const variant = VARIANTS[name as keyof typeof VARIANTS];
    const page = read(variant());
    const headings = page.elements.filter((element) => element.name === 'section');
    const optional = ['side-by-side', 'earlier'];
    const ids = headings.map((element) => element.attributes.get('id') ?? '');
    expect(ids.filter((id) => !optional.includes(id))).toEqual(SECTIONS);
    expect(ids.filter((id) => optional.includes(id))).toEqual(name === 'compared' ? optional : []);
    for (const id of SECTIONS) expect(page.textOf(id).length).toBeGreaterThan(20);
  });

  it('needs nothing from anywhere', () => {
    const page = renderReport(exampleRun());
    const { elements } = readPage(page);
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/url\((?!#)|@import|@font-face/);
    expect(
      elements.filter(({ name }) => ['script', 'link', 'img', 'iframe', 'object'].includes(name)),
    ).toEqual([]);
    expect(elements.filter(({ attributes }) => attributes.has('src') || attributes.has('style'))).toEqual([]);
  });

  it('forbids everything but its own style sheet, which it names by its hash', () => {
    const page = renderReport(exampleRun());
    const sheet = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(sheet).digest('base64');
    const policy = readPage(page).elements.find(
      ({ attributes }) => attributes.get('http-equiv') === 'Content-Security-Policy',
    );
    expect(sheet.length).toBeGreaterThan(1_000);
    expect(policy?.attributes.get('content')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
  });

  it('names every phase in the timeline, the table and the percentiles', () => {
    const run = VARIANTS.crowded();
    const page = read(run);
    expect(run.phases).toHaveLength(30);
    for (const { name, faults } of run.phases) {
      for (const id of ['timeline', 'phases', 'latency']) expect(page.textOf(id)).toContain(name);
      expect(page.textOf('timeline')).toContain(faults);
    }
  });

  it('gives each invariant a row with its figures, its difference, its notes and its examples', () => {
    const run = VARIANTS.red();
    const text = read(run).textOf('books');
    for (const { id, title, counts, notes, examples } of run.invariants) {
      for (const part of [id, title, ...counts.map(({ value }) => value), ...notes, ...examples]) {
        expect(text).toContain(part);
      }
    }
    expect(text).toContain('−39');
    expect(text.match(/✕\s*differ/g)?.length).toBe(1);
    expect(text.match(/✓\s*agree/g)?.length).toBe(run.invariants.length - 1);
  });

  it('draws every trace with each span, its status and its attributes', () => {
    const run = exampleRun();
    const text = read(run).textOf('traces');
    for (const trace of [...run.traces.slowest, ...run.traces.mostRetried]) {
      for (const part of [trace.callId, trace.traceId, ...trace.spans.map((span) => span.spanId)]) {
        expect(text).toContain(part);
      }
    }
    expect(text).toContain('✕ 429');
    expect(text).toContain('telltale.backoff.rule');
  });

  it('leads from each kind of error to the waterfall of a call that met it', () => {
    const { elements, textOf } = read(exampleRun());
    const ids = new Set(elements.flatMap(({ attributes }) => attributes.get('id') ?? []));
    const links = elements.flatMap(({ attributes }) => attributes.get('href') ?? []);
    expect(links.filter((link) => !ids.has(link.slice(1)))).toEqual([]);
    const toTraces = links.filter((link) => link.startsWith('#trace-failed-'));
    expect(toTraces.length).toBe(4);
    for (const link of toTraces) expect(textOf(link.slice(1))).toContain('Trace');
  });

  it('says of each phase how good it was, what it took and how soon it was over', () => {
    const text = read(exampleRun()).textOf('goodput');
    for (const said of ['429 storm', '59.7\u00a0%', 'not seen', '750\u00a0ms', '1,204', 'within 2\u00a0s'])
      expect(text).toContain(said);
  });

  it('shows the bare client beside the wrapped one, on the same axes', () => {
    const run = VARIANTS.compared();
    const page = read(run);
    const text = page.textOf('side-by-side');
    for (const said of [
      'Bare client',
      'Wrapped client',
      'goodput',
      '77.0\u00a0%',
      run.comparison?.says ?? '',
    ])
      expect(text).toContain(said);
    const charts = page.elements.filter(({ attributes }) =>
      /client: at most \d+ good calls a second/.test(attributes.get('aria-label') ?? ''),
    );
    expect(charts).toHaveLength(2);
  });

  it('shows what got worse since an earlier run, and folds what did not', () => {
    const text = read(VARIANTS.compared()).textOf('earlier');
    expect(text).toContain('1 of 23 figures got worse');
    expect(text).toMatch(/requests a call\s*whole run[\s\S]*✕\s*worse[\s\S]*much as they were[\s\S]*same/);
    expect(text).toContain('another seed: 1, now 2');
  });

  it('warns of telemetry that was lost and of a generator that did not keep up', () => {
    const run = exampleRun();
    const page = read({
      ...run,
      telemetry: { ...run.telemetry, orphans: 3, duplicates: 2 },
      generator: { askedPerSecond: 130, offeredPerSecond: 90, asked: 7_800, offered: 5_400, dropped: 2_400 },
    });
    expect(page.textOf('telemetry')).toMatch(/parent never came\s*3\s*✕\s*spans were lost/);
    expect(page.textOf('generator')).toMatch(/Iterations dropped\s*2,400\s*✕\s*the run proves nothing/);
    expect(page.textOf('generator')).toContain('not known');
  });

  it('stays small for ten minutes: the timeline is drawn in at most 150 steps', () => {
    const page = renderReport(VARIANTS.long());
    const moments = readPage(page).elements.filter(({ attributes }) => attributes.get('class') === 'moment');
    expect(moments).toHaveLength(120);
    expect(page.length).toBeLessThan(300_000);
    expect(readPage(page).textOf('timeline')).toContain('One step is 5\u00a0s');
  });

  it('shows a trace of thousands of spans in part, and says how many it leaves out', () => {
    const run = exampleRun();
    const [trace] = run.traces.slowest;
    const [span] = trace?.spans ?? [];
    if (!trace || !span) throw new Error('The example run has no trace');
    const spans = Array.from({ length: 5_000 }, (_, index) => ({ ...span, spanId: `s${index}` }));
    const page = renderReport({
      ...run,
      traces: { slowest: [{ ...trace, spans }], mostRetried: [], failed: [] },
    });
    expect(readPage(page).textOf('traces')).toContain('4,800 more spans not shown');
    expect(page.length).toBeLessThan(1_000_000);
  });

  it('says so where there is nothing to show', () => {
    const page = read(VARIANTS.empty());
    for (const said of [
      'No second of this run was recorded.',
      'This run had no phases.',
      'No call ended, so there is no latency to show.',
      'No errors were recorded.',
      'No model was called.',
      'No invariant was judged.',
      'No thresholds were set.',
      'No traces were kept.',
      'nothing arrived',
    ]) {
      expect(page.text).toContain(said);
    }
  });
});

describe('the verdict', () => {
  const headlineOf = (run: RunReport) =>
    /<p class="state">(.*?)<\/p><h1>(.*?)<\/h1>/.exec(renderReport(run))?.slice(1);
  const run = exampleRun();
  const with_ = (verdict: RunReport['verdict'], header: Partial<RunReport['header']> = {}) => ({
    ...run,
    verdict,
    header: { ...run.header, ...header },
  });

  it('is green, red, void or partial, in words', () => {
    expect(headlineOf(run)?.[0]).toBe('Green');
    expect(headlineOf(with_({ green: false, reasons: [] }))?.[0]).toBe('Red');
    expect(headlineOf(with_({ green: true, void: true, reasons: [] }))?.[0]).toBe('Void');
    expect(headlineOf(with_({ green: true, reasons: [] }, { partial: true }))?.[0]).toBe('Partial');
  });

  it('stays red when the run was also cut short, and says both', () => {
    const page = with_({ green: false, reasons: ['I3 differs'] }, { partial: true });
    expect(headlineOf(page)?.[0]).toBe('Red');
    expect(read(page).text).toContain('It was cut short');
    expect(read(page).text).toContain('I3 differs');
  });

  it('names a planted bug, and warns when it went unnoticed', () => {
    const caught = read(with_({ green: false, reasons: [] }, { sabotage: 'open-span' })).text;
    const missed = read(with_({ green: true, reasons: [] }, { sabotage: 'open-span' })).text;
    expect(caught).toContain('open-span');
    expect(caught).toContain('and it did.');
    expect(missed).toContain('do not trust this verdict');
  });
});
