/** A service that makes calls at a rate, in a process of its own: `service.ts ORDER`. */
import OpenAI from 'openai';
import { observe, telltale } from '../../src/index.ts';
import { openTelemetrySink } from '../floor/open-telemetry.ts';
import { quantile } from '../measure.ts';
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

/** A call is due whether or not those before it were answered. */
const tickMs = 5;
const warmUpMs = 3_000;
const settleMs = 20_000;

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

async function offer({ perSecond, durationMs }: Order): Promise<Figures> {
  const offered = Math.round((perSecond * durationMs) / 1_000);
  const late: number[] = [];
  let failed = 0;
  let sent = 0;
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await new Promise<void>((resolve) => {
    const giveUp = setTimeout(resolve, durationMs + settleMs);
    const ended = (): void => {
      if (late.length + failed < offered) return;
      clearTimeout(giveUp);
      resolve();
    };
    const tick = setInterval(() => {
      const due = Math.min(offered, Math.floor(((performance.now() - startedMs) * perSecond) / 1_000));
      while (sent < due) {
        const dueMs = startedMs + (sent++ * 1_000) / perSecond;
        client.chat.completions.create(request).then(
          () => {
            late.push(performance.now() - dueMs);
            ended();
          },
          () => {
            failed++;
            ended();
          },
        );
      }
      if (sent === offered) clearInterval(tick);
    }, tickMs);
  });
  await sdk?.drain();
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  return {
    offered,
    answered: late.length,
    failed,
    cpuUsPerCall: (user + system) / late.length,
    lateMs: { p50: quantile(late, 0.5), p99: quantile(late, 0.99) },
    busy: (user + system) / 1_000 / tookMs,
  };
}
