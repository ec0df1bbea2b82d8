import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveTraces, type ViewServer } from '../../../src/cli/view/server.ts';
import { findSource } from '../../../src/cli/view/sources.ts';
import { Traces } from '../../../src/cli/view/traces.ts';
import { systemClock } from '../../../src/clock.ts';
import { type Browser, findChromium, startChromium, type Tab } from '../../loadtest/report-html/chromium.ts';
import { hostileTrace, linesOf, plainTraces, retriedTrace, traceIdOf } from './example-traces.ts';

const executable = findChromium();
const title = 'the page of traces in Chromium';
const many = 10_000;
const retried = traceIdOf(many);
const hostileId = traceIdOf(many + 1);

const keys: Readonly<Record<string, { code: string; key: string; number: number; text?: string }>> = {
  up: { code: 'ArrowUp', key: 'ArrowUp', number: 38 },
  down: { code: 'ArrowDown', key: 'ArrowDown', number: 40 },
  left: { code: 'ArrowLeft', key: 'ArrowLeft', number: 37 },
  right: { code: 'ArrowRight', key: 'ArrowRight', number: 39 },
  enter: { code: 'Enter', key: 'Enter', number: 13, text: '\r' },
  escape: { code: 'Escape', key: 'Escape', number: 27 },
  slash: { code: 'Slash', key: '/', number: 191, text: '/' },
};

describe.skipIf(executable === undefined)(
  executable ? title : `${title} (skipped: no Chromium found)`,
  { timeout: 60_000 },
  () => {
    let browser: Browser;
    let server: ViewServer;
    let folder: string;
    let file: string;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'telltale-view-page-'));
      file = path.join(folder, 'traces.jsonl');
      writeFileSync(file, linesOf([...plainTraces(many), retriedTrace(many), hostileTrace(many + 1)]));
      server = await serveTraces(new Traces(findSource(folder, folder, folder), systemClock), 0);
      browser = await startChromium(executable ?? '');
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      await server?.close();
      rmSync(folder, { recursive: true, force: true });
    }, 30_000);

    async function show(where = '', width = 1280): Promise<Tab> {
      const tab = await browser.openTab();
      for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await tab.send(`${domain}.enable`);
      await tab.send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 800,
        deviceScaleFactor: 1,
        mobile: width < 500,
      });
      await tab.send('Page.navigate', { url: server.url + where });
      await until(
        tab,
        where.includes('#trace') ? '!!document.querySelector("#trace-title")' : rowCount,
        (x) => !!x,
      );
      return tab;
    }

    async function press(tab: Tab, name: string): Promise<void> {
      const { code, key, number, text } = keys[name] ?? { code: name, key: name, number: 0 };
      const event = { code, key, windowsVirtualKeyCode: number, ...(text !== undefined && { text }) };
      await tab.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
      await tab.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    }

    const rowCount = 'document.querySelectorAll(".row").length';
    const focusedTrace = 'document.activeElement.dataset.trace';
    const total = 'document.querySelector("#list .totals dd")?.textContent';

    async function until(tab: Tab, expression: string, fits: (value: unknown) => boolean): Promise<void> {
      await expect.poll(async () => fits(await tab.evaluate(expression))).toBe(true);
    }

    function complaintsOf(tab: Tab): readonly string[] {
      return tab.events
        .filter(({ method }) =>
          ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown'].includes(method ?? ''),
        )
        .map(({ params }) => JSON.stringify(params));
    }

    it('shows many traces a page at a time, and asks nobody else', async () => {
      const tab = await show();
      expect(await tab.evaluate(total)).toBe('10,002');
      expect(await tab.evaluate(rowCount)).toBe(100);
      await tab.evaluate('document.querySelector("[aria-label=\'Next page\']").click()');
      await until(tab, 'document.querySelector(".pager span").textContent', (text) =>
        String(text).startsWith('101–200 of'),
      );
      const hosts = tab.events
        .filter(({ method }) => method === 'Network.requestWillBeSent')
        .map(({ params }) => (params as { request: { url: string } }).request.url)
        .filter((url) => !url.startsWith('data:') && !url.startsWith(server.url));
      expect(hosts).toEqual([]);
      expect(complaintsOf(tab)).toEqual([]);
    });

    it('filters as somebody types and chooses, and keeps that in the address', async () => {
      const tab = await show();
      await press(tab, 'slash');
      await tab.send('Input.insertText', { text: `conv-${many}` });
      await until(tab, total, (text) => text === '1');
      expect(await tab.evaluate('location.search')).toBe(`?q=conv-${many}`);
      await tab.evaluate(`document.querySelector('[type=reset]').click()`);
      await until(tab, total, (text) => text === '10,002');
      await tab.evaluate(`(() => {
        const select = document.querySelector('[name=outcome]');
        select.value = 'error';
        select.dispatchEvent(new Event('input', { bubbles: true }));
      })()`);
      await until(tab, total, (text) => text === '1,112');
      const again = await show(String(await tab.evaluate('location.search')));
      expect(await again.evaluate(total)).toBe('1,112');
      expect(await again.evaluate('document.querySelector("[name=outcome]").value')).toBe('error');
    });

    it('goes back and forward through filters, pages and traces as the browser does', async () => {
      const tab = await show();
      const steps = async (): Promise<number> => {
        const { currentIndex } = await tab.send('Page.getNavigationHistory');
        return Number(currentIndex);
      };
      const go = (by: number): Promise<unknown> => tab.evaluate(`history.go(${by})`);
      const search = 'location.search';
      const fieldOf = (name: string) => `document.querySelector('[name=${name}]').value`;
      const first = await steps();

      // Typing in one field is one step, however often the list follows.
      await press(tab, 'slash');
      for (const text of ['0', '0', '1']) {
        const before = await tab.evaluate(search);
        await tab.send('Input.insertText', { text });
        await until(tab, search, (now) => now !== before);
      }
      await until(tab, total, (text) => text !== '10,002');
      const typed = await tab.evaluate(total);
      expect(await steps()).toBe(first + 1);
      await tab.evaluate(`(() => {
        const select = document.querySelector('[name=outcome]');
        select.value = 'error';
        select.dispatchEvent(new Event('input', { bubbles: true }));
      })()`);
      await until(tab, search, (text) => text === '?q=001&outcome=error');
      await until(tab, total, (text) => text !== typed);
      const both = await tab.evaluate(total);
      await tab.evaluate('document.querySelector("[aria-label=\'Next page\']").click()');
      await until(tab, search, (text) => text === '?q=001&outcome=error&page=2');
      const pager = 'document.querySelector(".pager span")?.textContent';
      await until(tab, pager, (text) => String(text).startsWith('101–'));
      expect(await steps()).toBe(first + 3);

      // A trace, closed by its own key: nothing is added, and forward opens it again.
      await press(tab, 'down');
      const opened = await tab.evaluate(focusedTrace);
      await press(tab, 'enter');
      await until(tab, 'document.activeElement.id', (id) => id === 'trace-title');
      expect(await steps()).toBe(first + 4);
      await press(tab, 'escape');
      await until(tab, focusedTrace, (id) => id === opened);
      expect(await steps()).toBe(first + 3);
      // Twice before the browser has gone back once.
      await go(1);
      await until(tab, 'document.activeElement.id', (id) => id === 'trace-title');
      await tab.evaluate("for (const _ of 'ab') document.querySelector('#back').click()");
      await until(tab, focusedTrace, (id) => id === opened);
      expect(await steps()).toBe(first + 3);
      await until(tab, pager, (text) => String(text).startsWith('101–'));
      await go(1);
      await until(tab, 'document.activeElement.id', (id) => id === 'trace-title');
      await go(-1);
      await until(tab, focusedTrace, (id) => id === opened);

      await go(-1);
      await until(tab, pager, (text) => String(text).startsWith('1–'));
      expect(await tab.evaluate(total)).toBe(both);
      await go(-1);
      await until(tab, total, (text) => text === typed);
      expect(await tab.evaluate(fieldOf('outcome'))).toBe('');
      expect(await tab.evaluate(fieldOf('q'))).toBe('001');
      await go(-1);
      await until(tab, total, (text) => text === '10,002');
      expect(await tab.evaluate(fieldOf('q'))).toBe('');
      await go(2);
      await until(tab, total, (text) => text === both);
      expect(await tab.evaluate(fieldOf('outcome'))).toBe('error');
      expect(complaintsOf(tab)).toEqual([]);
    });

    it('leads from a trace of an address to the list, and back to it', async () => {
      const tab = await show(`?q=conv-${many}#trace=${retried}`);
      await tab.evaluate('document.querySelector("#back").click()');
      await until(tab, focusedTrace, (id) => id === retried);
      expect(await tab.evaluate('location.href')).toBe(`${server.url}?q=conv-${many}`);
      await tab.evaluate('history.back()');
      await until(tab, 'document.activeElement.id', (id) => id === 'trace-title');
    });

    it('is gone through by keys alone', async () => {
      const tab = await show();
      await press(tab, 'down');
      await press(tab, 'down');
      expect(await tab.evaluate(focusedTrace)).toBe(retried);
      expect(await tab.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      await press(tab, 'enter');
      await until(tab, 'document.activeElement.id', (id) => id === 'trace-title');
      for (let at = 0; at < 4; at++) await press(tab, 'down');
      await press(tab, 'right');
      const open = 'document.querySelector("#trace details[open]")?.textContent';
      await until(tab, open, (text) => String(text).includes('rate_limit_exceeded'));
      expect(await tab.evaluate(open)).toContain('slow down');
      await press(tab, 'left');
      await until(tab, open, (text) => text === undefined);
      await press(tab, 'escape');
      await until(tab, focusedTrace, (id) => id === retried);
      await press(tab, 'up');
      expect(await tab.evaluate(focusedTrace)).toBe(hostileId);
      expect(complaintsOf(tab)).toEqual([]);
    });

    it('opens the trace of an address, its parts told apart without colour too', async () => {
      const tab = await show(`#trace=${retried}`);
      const bars = '[...document.querySelectorAll("#spans .bar")].map((bar) => getComputedStyle(bar).fill)';
      const fills = (await tab.evaluate(bars)) as string[];
      const patternOf = (fill: string): string => /#([a-z-]+)/.exec(fill)?.[1] ?? 'plain';
      expect(fills.map(patternOf)).toEqual([
        'plain',
        'plain',
        'lines-stream',
        'dots-throttle',
        'hatch-failed',
        'hatch-backoff',
        'plain',
      ]);
      // A pattern that is not there paints nothing.
      for (const name of fills.map(patternOf).filter((one) => one !== 'plain'))
        expect(await tab.evaluate(`document.querySelectorAll('pattern#${name}').length`)).toBe(1);
      const said = '[...document.querySelectorAll("#spans svg[aria-label]")].map((one) => one.ariaLabel)';
      expect(((await tab.evaluate(said)) as string[])[2]).toBe(
        'wait for a limit, from 20\u00a0ms, took 400\u00a0ms',
      );
    });

    it.each(['zzz', '%E0%A4%A', ''])('says that a trace is not here: #trace=%s', async (id) => {
      const tab = await show(`#trace=${id}`);
      expect(await tab.evaluate('document.querySelector("#trace-title").textContent')).toBe(
        'This trace is not here',
      );
      expect(await tab.evaluate('document.querySelector("#list-view").hidden')).toBe(true);
    });

    it('takes the id of an address as it was pasted', async () => {
      const tab = await show(`#trace=%20${retried.toUpperCase()}%0A`);
      expect(await tab.evaluate('document.querySelector("#trace-title").textContent')).toMatch(/^POST/);
    });

    it('shows what was filtered, also where its first answer was overtaken', async () => {
      const tab = await show();
      await tab.evaluate(`(() => {
        const ask = window.fetch;
        window.fetch = (url, options) => {
          if (!String(url).includes('outcome=error') || String(url).includes('known=')) return ask(url, options);
          window.fetch = ask;
          return new Promise((resolve) => { window.release = () => resolve(ask(url, options)); });
        };
        const select = document.querySelector('[name=outcome]');
        select.value = 'error';
        select.dispatchEvent(new Event('input', { bubbles: true }));
      })()`);
      await until(tab, 'typeof window.release', (type) => type === 'function');
      // The page asks by itself now.
      const asked = () => tab.events.filter(({ method }) => method === 'Network.responseReceived').length;
      const before = asked();
      await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(before);
      await tab.evaluate('window.release()');
      await expect.poll(async () => await tab.evaluate(total), { timeout: 10_000 }).toBe('1,112');
    });

    it('tells a command that cannot read from one that is gone', async () => {
      const tab = await show();
      const note = 'document.querySelector("#notes").textContent';
      const before = await tab.evaluate(note);
      await tab.evaluate('{ window.ask = window.fetch; }');
      const answer = (made: string): Promise<unknown> => tab.evaluate(`window.fetch = async () => ${made}`);
      await answer(`new Response('The traces cannot be read.', { status: 500 })`);
      await expect
        .poll(() => tab.evaluate(note), { timeout: 10_000 })
        .toBe('The traces cannot be read. This page is as it was.');
      await answer(`Promise.reject(new TypeError('Failed to fetch'))`);
      await expect
        .poll(() => tab.evaluate(note), { timeout: 10_000 })
        .toMatch(/^The command does not answer/);
      // It answers again, and has nothing new.
      await tab.evaluate('{ window.fetch = window.ask; }');
      await expect.poll(() => tab.evaluate(note), { timeout: 10_000 }).toBe(before);
    });

    it('complains of a trace only where that is still shown', async () => {
      const tab = await show();
      const note = 'document.querySelector("#notes").textContent';
      await tab.evaluate(`(() => {
        const ask = window.fetch;
        window.fetch = (url, options) => {
          if (!String(url).startsWith('trace')) return ask(url, options);
          return new Promise((_, reject) => { window.lose = () => reject(new TypeError('Failed to fetch')); });
        };
        document.querySelector('.row').click();
      })()`);
      await until(tab, 'typeof window.lose', (type) => type === 'function');
      await press(tab, 'escape');
      await until(tab, focusedTrace, (id) => id !== undefined);
      const before = await tab.evaluate(note);
      await tab.evaluate('window.lose(), new Promise((resolve) => setTimeout(resolve))');
      expect(await tab.evaluate(note)).toBe(before);
    });

    it('runs nothing that an address holds, and shows a page that there is', async () => {
      const evil = encodeURIComponent('"><img src=x onerror="window.hacked=1">');
      const tab = await show(
        `?q=&outcome=&sort=${evil}&page=1e999&__proto__=1&constructor=${evil}&elements=2`,
      );
      expect(await tab.evaluate(rowCount)).toBeGreaterThan(0);
      await tab.evaluate(`{ location.search = '?outcome=${evil}&model=${evil}&q=${evil}&page=-1'; }`);
      await until(
        tab,
        'document.querySelector("[name=q]")?.value',
        (text) => text === decodeURIComponent(evil),
      );
      await until(tab, 'document.querySelector("#list").textContent', (text) => text !== '');
      await tab.evaluate(`{ location.hash = '#trace=${evil}'; }`);
      await until(tab, 'document.querySelector("#trace").textContent', (text) => text !== '');
      expect(await tab.evaluate('document.querySelectorAll("img").length')).toBe(0);
      expect(await tab.evaluate('window.hacked')).toBeUndefined();
    });

    it('runs nothing that a trace holds', async () => {
      const tab = await show(`#trace=${hostileId}`);
      await tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      await press(tab, 'escape');
      await until(tab, rowCount, (count) => count === 100);
      expect(await tab.evaluate('window.hacked')).toBeUndefined();
      expect(
        await tab.evaluate('document.querySelectorAll("#list img, #trace img, main script").length'),
      ).toBe(0);
      await tab.evaluate(
        'document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"window.hacked=1\\">")',
      );
      await until(tab, 'document.images[0].complete', (isComplete) => isComplete === true);
      expect(await tab.evaluate('window.hacked')).toBeUndefined();
    });

    it.each([
      ['the list', ''],
      ['a trace', `#trace=${retried}`],
      ['a hostile trace', `#trace=${hostileId}`],
    ])('fits a small screen: %s', async (_, where) => {
      const tab = await show(where, 375);
      await tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(375);
      const small = `[...document.querySelectorAll('main :is(button, input, select, .row)')]
        .filter((one) => one.getClientRects().length > 0 && one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 80))`;
      expect(await tab.evaluate(small)).toEqual([]);
    });

    it('names each figure of a row to whoever does not see the head of the list', async () => {
      const tab = await show(`?q=conv-${many}`);
      await tab.send('Accessibility.enable');
      const { nodes } = await tab.send('Accessibility.getFullAXTree');
      const names = (nodes as { role?: { value: string }; name?: { value: string } }[])
        .filter(({ role }) => role?.value === 'link')
        .map(({ name }) => name?.value.replaceAll('\u00a0', ' '));
      expect(names).toContainEqual(
        expect.stringMatching(
          /UTC.*POST \/answers.*gpt-5-mini.*ok.*3\.0 s.*2 attempts.*120 tokens.*cost \$0\.004200/,
        ),
      );
      const seen = 'document.querySelector(".row .attempts").getBoundingClientRect().height < 30';
      expect(await tab.evaluate(seen)).toBe(true);
    });

    it('prints the traces and not the filters', async () => {
      const tab = await show();
      await tab.send('Emulation.setEmulatedMedia', { media: 'print' });
      const shown = (of: string) => `document.querySelector('${of}').getClientRects().length > 0`;
      expect(await tab.evaluate(shown('#filters'))).toBe(false);
      expect(await tab.evaluate(shown('.keys'))).toBe(false);
      expect(await tab.evaluate(shown('.row'))).toBe(true);
      expect(await tab.evaluate(shown('.totals'))).toBe(true);
    });

    it('shows what is recorded meanwhile, without losing the place', async () => {
      const tab = await show();
      await press(tab, 'down');
      const before = await tab.evaluate(focusedTrace);
      appendFileSync(file, linesOf([retriedTrace(many + 5)]));
      await until(tab, 'document.querySelector(".row").dataset.trace', (id) => id === traceIdOf(many + 5));
      expect(await tab.evaluate(focusedTrace)).toBe(before);
    });
  },
);
