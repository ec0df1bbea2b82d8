import type { LedgerEntry } from '../../src/mock/ledger.ts';
import { judgeLimits, type LimitsVerdict } from '../../src/mock/limits/judge.ts';
import type { LimitOptions, MockLimit } from '../../src/mock/limits/limit.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/** Of a quotient. */
const rounding = 1e-9;
const overshoot = 'requests over the quota';

/**
 * I4: no request went over a limit, by the provider's own law. It refuses what would, so each of its 429s is one that was
 * sent too early. That the provider itself counted every request, and let through no more than its law allows, is checked
 * too: else there would be nothing to see.
 */
export function quotaIsKept(ledger: readonly LedgerEntry[], options: LimitOptions): Invariant {
  const findings = new Findings();
  const uncounted = ledger.filter(({ model, rateLimit }) => model !== null && !rateLimit);
  const [missed] = uncounted;
  if (missed)
    findings.add(
      `${missed.callId}: the provider’s limits did not count its attempt ${missed.attempt + 1}`,
      uncounted.length,
      'requests that no limit counted',
    );
  // The judge takes a ledger without any for a mistake.
  const verdict = verdictOnQuota(
    ledger.filter(({ rateLimit }) => rateLimit),
    options,
  );
  for (const { limit, charged } of verdict.limits) {
    if (limit.requests === undefined || charged.utilisation <= 1 + rounding) continue;
    findings.add(
      `${nameOfLimit(limit)}: ${(charged.utilisation * 100).toFixed(1)} % of what it allows were let through`,
      1,
      overshoot,
    );
  }
  for (const { callId, attempt, arrivedAtMs, rateLimit } of ledger) {
    const by = rateLimit?.refusedBy;
    if (!by) continue;
    const limit = options.limits?.[by.limit];
    const name = limit ? nameOfLimit(limit) : `limit ${by.limit}`;
    findings.add(
      `${callId}: attempt ${attempt + 1} came at ${(arrivedAtMs / 1_000).toFixed(1)} s, when ${name} had ${by.used} used and it asked for ${by.requested}`,
      1,
      overshoot,
    );
  }
  return findings.invariant({
    id: 'I4',
    title: 'No request went over the quota, by the provider’s own law',
    counts: verdict.limits.flatMap(({ limit, admittedRequests, admittedTokens, refused, charged }) => [
      figure(
        `${nameOfLimit(limit)}: admitted`,
        limit.requests === undefined ? admittedTokens : admittedRequests,
      ),
      figure(`${nameOfLimit(limit)}: refused`, refused),
      figure(`${nameOfLimit(limit)}: used of what it allowed`, `${(charged.utilisation * 100).toFixed(1)} %`),
    ]),
    notes: [],
  });
}

export function verdictOnQuota(ledger: readonly LedgerEntry[], options: LimitOptions): LimitsVerdict {
  const { limits = [], law = 'bucket', enforcePerSecond = false } = options;
  return judgeLimits(ledger, limits, { law, enforcePerSecond });
}

/** `325 requests in 10 s`. */
export function nameOfLimit({ requests, tokens, per, perMs }: MockLimit): string {
  const amount = (requests ?? tokens ?? 0).toLocaleString('en-US');
  const unit = requests === undefined ? 'tokens' : 'requests';
  return `${amount} ${unit} ${per === undefined ? `in ${perMs / 1_000} s` : `a ${per}`}`;
}
