import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { costOf } from '../../../src/index.ts';
import { dayMs, newAudit } from '../../account/audit/support.ts';
import { type CallSample, endedCall } from '../../account/calls.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A call to a model, at the price that it has. */
export function pricedCall(
  model: string,
  input: number,
  cached: number,
  output: number,
  more: CallSample = {},
) {
  const usage = {
    source: 'provider',
    inputTokens: input,
    cachedInputTokens: cached,
    outputTokens: output,
  } as const;
  const costUsd = costOf({ model, usage });
  const uncached = costOf({ model, usage: { ...usage, cachedInputTokens: 0 } });
  const cacheSavedUsd =
    cached > 0 && costUsd !== undefined && uncached !== undefined ? uncached - costUsd : undefined;
  return endedCall({ model, endpoint: 'responses', usage, costUsd, cacheSavedUsd, ...more });
}

/** Two days of a small product: two users, three models, one of which has no price. */
export async function filledAudit(directory: string): Promise<void> {
  const clock = createFakeClock();
  const { audit, tell } = newAudit({ store: { directory } }, clock);
  const search = { user: 'ada@example.com', tags: { feature: 'search' } };
  const chat = { user: '李雷', tags: { feature: 'chat' } };
  for (let at = 0; at < 40; at++)
    tell(search, pricedCall('gpt-5', 4_000, 2_000, 500, { body: { max_output_tokens: 9 } }));
  for (let at = 0; at < 4; at++) tell(search, pricedCall('gpt-5', 2_000, 0, 1_000, { outcome: 'empty' }));
  clock.advance(dayMs);
  for (let at = 0; at < 100; at++)
    tell(chat, pricedCall('gpt-5-nano', 3_000, 0, 200, { durationMs: 20_000 }));
  for (let at = 0; at < 3; at++) tell(chat, pricedCall('our-own-deployment', 1_000, 0, 100));
  tell(chat, endedCall({ model: 'gpt-5', endpoint: 'responses', outcome: 'error' }));
  await audit.flush();
}
