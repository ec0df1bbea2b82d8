/** A service that makes calls at a rate, in a process of its own: `service.ts ORDER`. */
import OpenAI from 'openai';
import { observe, telltale } from '../../src/index.ts';
import { openTelemetrySink } from '../floor/open-telemetry.ts';
import { quantile } from '../measure.ts';
import { atRate, type Rate } from '../pace.ts';
import { request } from '../subjects.ts';

export interface Order {
  readonly url: string;
  readonly isObserved: boolean;
  readonly perSecond: number;
  readonly durationMs: number;
}

export interface Figures {
  readonly offered: number;
  readonly answered: number;
  readonly failed: number;
  /** Processor time of this process, for each call that was answered. */
  readonly cpuUsPerCall: number;
  /** From when a call was due to its end. */
  readonly lateMs: { readonly p50: number; readonly p99: number };
  /** Share of one core. */
  readonly busy: number;
}

const warmUpMs = 3_000;

const order = JSON.parse(process.argv[2] ?? '') as Order;
const bare = new OpenAI({ apiKey: 'none', baseURL: order.url, maxRetries: 0 });
const sdk = order.isObserved ? openTelemetrySink() : undefined;
const client = order.isObserved
  ? observe(bare, { limits: [{ requests: 1_000_000_000, per: 'minute' }], breaker: {}, audit: {} })
  : bare;
await offer({ ...order, durationMs: warmUpMs });
const figures = await offer(order);
if (order.isObserved) await telltale(client).close();
await sdk?.shutdown();
process.send?.(figures, () => process.exit(0));

async function offer(rate: Rate): Promise<Figures> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const { offered, failed, lateMs } = await atRate(rate, async () => {
    await client.chat.completions.create(request);
    return true;
  });
  await sdk?.drain();
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  return {
    offered,
    answered: lateMs.length,
    failed,
    cpuUsPerCall: (user + system) / lateMs.length,
    lateMs: { p50: quantile(lateMs, 0.5), p99: quantile(lateMs, 0.99) },
    busy: (user + system) / 1_000 / tookMs,
  };
}
