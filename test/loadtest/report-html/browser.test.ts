import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../../loadtest/report/html/index.ts';
import { HOSTILE_TEXTS } from './arbitrary-run.ts';
import { type Browser, findChromium, startChromium, type Tab } from './chromium.ts';
import { exampleRun } from './example-run.ts';
import { VARIANTS } from './variants.ts';

const executable = findChromium();
const title = 'the report in Chromium';

/** A run in which everything that can be long or odd is. */
function hostileRun() {
  const run = exampleRun();
  const text = HOSTILE_TEXTS.join(' ');
  return {
    ...run,
    header: { ...run.header, scenario: text, machine: 'x'.repeat(400), sabotage: text },
    verdict: { green: false, reasons: [text, 'y'.repeat(300)] },
    phases: run.phases.map((phase) => ({ ...phase, name: text, faults: 'z'.repeat(300) })),
    rows: run.rows.map((row) => ({ ...row, phase: row.phase === 'all' ? 'all' : text })),
    invariants: run.invariants.map((row) => ({
      ...row,
      title: text,
      notes: [text],
      examples: ['w'.repeat(300)],
    })),
    totals: run.totals.map((row) => ({ ...row, phase: row.phase === 'all' ? 'all' : text })),
    wasted: [{ why: text, attempts: 1, tokens: 2, costUsd: 3 }],
    errors: run.errors.map((row) => ({
      ...row,
      errorType: text,
      outcome: 'o'.repeat(200),
      example: 'e'.repeat(200),
    })),
    bare: run,
    comparison: { says: text, rows: [{ figure: text, bare: 'b'.repeat(90), wrapped: text }] },
    earlier: {
      file: text,
      startedAt: text,
      verdict: 'green' as const,
      notes: [text, 'n'.repeat(300)],
      tolerance: 0.2,
      rows: [
        {
          figure: text,
          phase: 'p'.repeat(200),
          unit: 'ms' as const,
          before: 1,
          now: 2,
          change: 'worse' as const,
        },
      ],
    },
    traces: {
      slowest: run.traces.slowest.map((trace) => ({
        ...trace,
        callId: text,
        outcome: 'o'.repeat(200),
        spans: trace.spans.map((span) => ({ ...span, name: text, attributes: { [text]: text } })),
      })),
      mostRetried: [],
      failed: [],
    },
  };
}

const PAGES = { ...VARIANTS, hostile: hostileRun };
type PageName = keyof typeof PAGES;

describe.skipIf(executable === undefined)(
  executable ? title : `${title} (skipped: no Chromium found)`,
  () => {
    let browser: Browser;
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'telltale-report-'));
      for (const [name, run] of Object.entries(PAGES)) {
        writeFileSync(path.join(folder, `${name}.html`), renderReport(run()));
      }
      browser = await startChromium(executable ?? '');
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    }, 30_000);

    async function show(name: PageName, width: number): Promise<Tab> {
      const tab = await browser.openTab();
      for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await tab.send(`${domain}.enable`);
      await tab.send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 800,
        deviceScaleFactor: 1,
        mobile: width < 500,
      });
      const loaded = tab.next('Page.loadEventFired');
      await tab.send('Page.navigate', { url: pathToFileURL(path.join(folder, `${name}.html`)).href });
      await loaded;
      return tab;
    }

    it.each(Object.keys(PAGES) as PageName[])(
      'asks for nothing, complains of nothing and fits 360 pixels (%s)',
      async (name) => {
        const tab = await show(name, 360);
        await tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(360);
        const requested = tab.events
          .filter(({ method }) => method === 'Network.requestWillBeSent')
          .map(({ params }) => (params as { request: { url: string } }).request.url);
        expect(requested.map((url) => path.posix.basename(url))).toEqual([`${name}.html`]);
        const complaints = tab.events.filter(({ method }) =>
          ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown'].includes(method ?? ''),
        );
        expect(complaints).toEqual([]);
      },
      20_000,
    );

    it('applies its style sheet, which the policy names by its hash', async () => {
      const tab = await show('green', 1280);
      expect(await tab.evaluate('getComputedStyle(document.body).maxWidth')).toBe('1216px');
    });

    it('unfolds the waterfall that a link leads to', async () => {
      const tab = await show('green', 1280);
      const isOpen = "document.querySelector('#trace-failed-2').closest('details').open";
      expect(await tab.evaluate(isOpen)).toBe(false);
      await tab.evaluate('document.querySelector(\'[href="#trace-failed-2"]\').click()');
      expect(await tab.evaluate(isOpen)).toBe(true);
    });

    it('refuses a style that was smuggled in', async () => {
      const tab = await show('green', 1280);
      await tab.evaluate("document.body.setAttribute('style', 'max-width: 1px')");
      expect(await tab.evaluate('getComputedStyle(document.body).maxWidth')).toBe('1216px');
    });

    it.each([
      ['green', 360],
      ['green', 700],
      ['green', 1280],
      ['compared', 360],
      ['compared', 700],
      ['compared', 1280],
      ['crowded', 360],
      ['crowded', 700],
      ['crowded', 1280],
      ['long', 360],
      ['hostile', 1280],
    ] as const)('sets no label of a drawing over another (%s, %d pixels)', async (name, width) => {
      const tab = await show(name, width);
      expect(await tab.evaluate(OVERLAPPING_LABELS)).toEqual([]);
    });
  },
);

const OVERLAPPING_LABELS = `[...document.querySelectorAll('svg')].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll('text')]
    .map((text) => ({ says: text.textContent, box: text.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0);
  return boxes.flatMap((one, index) => boxes.slice(index + 1)
    .filter(({ box }) => box.left < one.box.right && one.box.left < box.right
      && box.top < one.box.bottom - 1 && one.box.top < box.bottom - 1)
    .map((other) => one.says + ' | ' + other.says));
})`;
