/**
 * The limiter on its own, with several tiers: so many requests and tokens in a short window, so many in a longer one, and
 * so many a day; a burst; priorities; and statistics while it works. Nothing is sent anywhere: `work` stands for whatever
 * shares your quota.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createLimiter, type Priority, TelltaleError } from '../src/limiter.ts'; // in your code: 'telltale/limiter'

const limiter = createLimiter({
  limits: [
    { requests: 30, per: 'second', burst: 10 },
    { tokens: 20_000, per: 'second' },
    { requests: 100, per: 'minute' },
    { requests: 10_000, per: 'day' },
  ],
  queue: { maxWaiting: 60, maxWaitMs: 3_000 },
});

const refused: Record<string, number> = {};

async function work(priority: Priority, tokens: number): Promise<void> {
  try {
    const permit = await limiter.acquire({ tokens, priority, model: 'gpt-5-mini' });
    await pause(20);
    permit.settle({ tokens: Math.round(tokens * 0.6) }); // what it used, of what was reserved for it
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    refused[error.code] = (refused[error.code] ?? 0) + 1;
  }
}

function show(title: string): void {
  const { admitted, waiting, inFlight, limits, waitMs } = limiter.stats();
  console.log(`\n${title}: ${admitted} admitted, ${inFlight} under way`);
  for (const { limit, used, quota, utilisation } of limits) {
    const bar = '█'.repeat(Math.round(utilisation * 20)).padEnd(20, '░');
    console.log(`  ${limit.padEnd(16)} ${bar} ${used} of ${quota}`);
  }
  for (const priority of ['high', 'medium', 'low'] as const) {
    const { p50, p95 } = waitMs[priority];
    const waits =
      p50 === undefined ? 'none let in yet' : `p50 ${p50.toFixed(0)} ms, p95 ${p95?.toFixed(0)} ms`;
    console.log(`  ${priority.padEnd(6)} ${waiting[priority]} waiting; waits ${waits}`);
  }
}

// 130 callers at once: more than the minute holds, and more than may wait.
const callers = Array.from({ length: 130 }, (_, index) => {
  const priority = index % 10 === 0 ? 'high' : index % 3 === 0 ? 'medium' : 'low';
  return work(priority, 300 + (index % 5) * 100);
});
await pause(200);
show('after 0.2 s');
await pause(1_300);
show('after 1.5 s');
await Promise.all(callers);
show('at the end');

// More than a limit holds at all cannot wait for anything.
await work('high', 50_000);
console.log(`\nrefused: ${JSON.stringify(refused)}`);
const { requestsLast24h, tokensLast24h, estimate } = limiter.stats();
console.log(
  `last 24 hours: ${requestsLast24h} requests, ${tokensLast24h} tokens; reserved ${estimate.reservedTokens}`,
);
await limiter.close();

const isWithin = limiter.stats().limits.every(({ used, quota }) => used <= quota);
if (!isWithin || requestsLast24h > 100 || !refused['queue_full'] || refused['oversize'] !== 1)
  process.exitCode = 1;
