/**
 * Draws `docs/limits.svg` from a run of its own: twice the quota is offered for 100 seconds, a tenth of it in a hurry, to
 * a provider that enforces the same limit. `node scripts/launch.mjs scripts/limits-picture.ts`
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import { callWith, observe, type Throttle, telltale } from '../src/index.ts';
import { judgeLimits, startMock } from '../src/mock/index.ts';

const perMinute = 600;
const seconds = 100;
const offeredPerSecond = 20;

const mock = await startMock({ seed: 1, limits: [{ requests: perMinute, per: 'minute' }], law: 'window' });
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), {
  limits: [{ requests: perMinute, per: 'minute', burst: 20 }],
  queue: { maxWaitMs: 10_000 },
});
const startedMs = performance.now();
const told: Throttle[] = [];
telltale(openai).on('throttle', (throttle) => told.push(throttle));

const calls: Promise<unknown>[] = [];
for (let index = 0; index < seconds * offeredPerSecond; index++) {
  const untilMs = startedMs + (index * 1_000) / offeredPerSecond - performance.now();
  if (untilMs > 0) await new Promise((resolve) => setTimeout(resolve, untilMs));
  const call = callWith({ priority: index % 10 === 0 ? 'high' : 'low' }, () =>
    openai.embeddings.create({ model: 'text-embedding-3-small', input: 'Which way does the wind blow?' }),
  );
  calls.push(call.catch(() => {}));
}
await Promise.all(calls);
await mock.settled();
const verdict = judgeLimits(mock.ledger(), [{ requests: perMinute, per: 'minute' }], { law: 'window' });
const went = told
  .filter(({ refusal }) => refusal === undefined)
  .map(({ startedMs: fromMs, endedMs, priority }) => ({
    atS: (endedMs - startedMs) / 1_000,
    waitS: (endedMs - fromMs) / 1_000,
    priority,
  }));
const { waitMs, refusals } = telltale(openai).limits() ?? {};
const most = verdict.limits[0]?.charged.worstWindow.amount ?? 0;
const figures = [
  `${went.length} of ${calls.length} calls went, ${refusals?.wait_too_long ?? 0} were refused at once because they would have waited over 10 s`,
  `most in any minute at the provider: ${most} of ${perMinute}; 429s: ${verdict.avoidable429s}`,
  `p95 of the wait: high ${((waitMs?.high.p95 ?? 0) / 1_000).toFixed(2)} s, low ${((waitMs?.low.p95 ?? 0) / 1_000).toFixed(2)} s`,
];
console.log(figures.join('\n'));
await mock.close();

const [width, left, plot] = [760, 60, 680];
const x = (atS: number): string => (left + (atS / (seconds + 12)) * plot).toFixed(1);
const yOfRate = (count: number): number => 190 - (count / (perMinute * 1.1)) * 150;
const yOfWait = (waitS: number): string => (400 - (Math.min(waitS, 15) / 15) * 150).toFixed(1);
const inMinute = Array.from(
  { length: seconds + 12 },
  (_, atS) => went.filter((one) => one.atS <= atS && one.atS > atS - 60).length,
);
const dots = (priority: string, colour: string): string =>
  went
    .filter((one) => one.priority === priority)
    .map(({ atS, waitS }) => `<circle cx="${x(atS)}" cy="${yOfWait(waitS)}" r="1.6" fill="${colour}"/>`)
    .join('');
const text = (atX: number, atY: number, says: string, more = ''): string =>
  `<text x="${atX}" y="${atY}" ${more}>${says}</text>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 490" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>Twice the quota offered: what went in the last minute, and how long calls of high and low priority waited</title>
<rect width="${width}" height="490" fill="#fff"/>
${text(left, 24, `Calls that went in the last minute; the limit is ${perMinute}, and 1,200 a minute are offered`, 'font-weight="bold"')}
<line x1="${left}" y1="${yOfRate(perMinute)}" x2="${left + plot}" y2="${yOfRate(perMinute)}" stroke="#c0392b" stroke-dasharray="5 3"/>
${text(20, yOfRate(perMinute) + 4, String(perMinute))}${text(42, 194, '0')}
<polyline fill="none" stroke="#2c6fbb" stroke-width="2" points="${inMinute.map((count, atS) => `${x(atS)},${yOfRate(count).toFixed(1)}`).join(' ')}"/>
<line x1="${left}" y1="190" x2="${left + plot}" y2="190" stroke="#999"/>
${text(left, 232, 'How long each call waited that went, in seconds', 'font-weight="bold"')}
${text(left + 350, 232, 'high', 'fill="#d35400"')}${text(left + 390, 232, 'low', 'fill="#7f8c8d"')}
${[0, 5, 10].map((waitS) => `<line x1="${left}" y1="${yOfWait(waitS)}" x2="${left + plot}" y2="${yOfWait(waitS)}" stroke="#ddd"/>${text(34, Number(yOfWait(waitS)) + 4, String(waitS))}`).join('')}
${dots('low', '#7f8c8d')}${dots('high', '#d35400')}
${[0, 20, 40, 60, 80, 100].map((atS) => text(Number(x(atS)) - 8, 418, `${atS} s`)).join('')}
${figures.map((line, index) => text(left, 444 + index * 16, line)).join('\n')}
</svg>
`;
writeFileSync(path.join(path.dirname(import.meta.dirname), 'docs', 'limits.svg'), svg);
