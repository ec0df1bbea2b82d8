import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { observe } from '../../src/index.ts';
import { worldOf } from '../contract/worlds.ts';
import { endings } from './endings.ts';
import { fakeFetch } from './fake-provider.ts';

/** What `many-calls.ts` prints. */
interface Remains {
  readonly made: number;
  readonly calls?: number;
  readonly heapBytes: readonly number[];
  readonly listeners: readonly number[];
  readonly openCalls: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly spans: { readonly started: number; readonly ended: number };
  readonly warnings: readonly string[];
}

const script = fileURLToPath(new URL('many-calls.ts', import.meta.url));
/** In all, with an SDK and without. */
const calls = Number(process.env['TELLTALE_LEAK_CALLS'] ?? 100_000);
const patienceMs = 300_000 + calls * 5;
/** What the garbage collector leaves over differs by some hundred kilobytes from one time to the next. */
const flatBytesPerCall = 40;

async function makeCalls(count: number, ...flags: string[]): Promise<Remains> {
  // A larger young generation: most of the time goes into collecting what was made on purpose to be left.
  const node = ['--expose-gc', '--max-semi-space-size=32'];
  const child = spawn(process.execPath, [...node, script, String(count), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
    env: { ...process.env, OTEL_SDK_DISABLED: 'false' },
  });
  // It gives way to the tests that look at time.
  if (child.pid !== undefined) setPriority(child.pid, 10);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // It ends when nothing is left to wait for, and not by being told to.
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Remains;
}

/** The slope of the best line through the later measurements: the first ones still fill caches. */
function bytesPerCall({ heapBytes, made }: Remains): number {
  const ys = heapBytes.slice(3);
  const step = made / heapBytes.length;
  const middleX = (ys.length - 1) / 2;
  const middleY = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  const above = ys.reduce((sum, y, x) => sum + (x - middleX) * (y - middleY), 0);
  const below = ys.reduce((sum, _, x) => sum + (x - middleX) ** 2, 0);
  return above / below / step;
}

describe('calls of every ending', () => {
  it.each([
    ['with an SDK registered', calls * 0.6, ['sdk']],
    ['with none', calls * 0.4, []],
  ])('leave nothing behind, %s', { timeout: patienceMs }, async (_, count, flags) => {
    const remains = await makeCalls(count, ...flags);
    expect(remains.made).toBeGreaterThanOrEqual(count);
    expect(remains.calls).toBe(remains.made);
    expect(Object.values(remains.outcomes).reduce((sum, of) => sum + of)).toBe(remains.made);
    expect(Object.keys(remains.outcomes).sort()).toEqual([
      'abandoned',
      'cancelled',
      'error',
      'ok',
      'truncated',
    ]);
    expect(remains.openCalls).toBe(0);
    expect(remains.warnings).toEqual([]);
    // A signal that lives as long as the process collects no listeners.
    expect(new Set(remains.listeners).size).toBe(1);
    expect(remains.spans.ended).toBe(remains.spans.started);
    if (flags.includes('sdk')) expect(remains.spans.ended).toBeGreaterThan(2 * remains.made);
    expect(bytesPerCall(remains)).toBeLessThan(flatBytesPerCall);
  });

  it('are measured so finely that 100 bytes a call would show', { timeout: patienceMs }, async () => {
    expect(bytesPerCall(await makeCalls(20_000, 'plant'))).toBeGreaterThan(flatBytesPerCall);
  });
});

describe('a signal that all calls share', () => {
  it.each(['6.0.0', '6.49.0', '7.57.0'] as const)(
    'has as many listeners with an observed client of openai %s as with a bare one',
    async (version) => {
      const { OpenAI } = worldOf(version);
      const count = async (observed: boolean): Promise<number> => {
        const options = { apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1', logLevel: 'off' as const };
        const made = new OpenAI({ ...options, fetch: fakeFetch });
        const client = observed ? observe(made) : made;
        const { signal } = new AbortController();
        for (const ending of Object.values(endings)) await ending(client, signal);
        return getEventListeners(signal, 'abort').length;
      };
      expect(await count(true)).toBe(await count(false));
    },
  );
});
