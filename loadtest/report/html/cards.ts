import {
  count,
  counted,
  decimal,
  difference,
  duration,
  share,
  shortCount,
  tickDuration,
  usd,
} from '../format.ts';
import type { PhaseRow, PhaseTotal, RunReport } from '../model.ts';
import { type Html, html } from './escape.ts';
import { hasLatency, KIND_NAMES, WHOLE_RUN } from './phase-rows.ts';

interface Card {
  readonly name: string;
  readonly value: string;
  readonly detail: string;
  readonly tone?: 'good' | 'bad';
}

/** The figures one would say aloud about the run. */
export function keyFigures(run: RunReport): Html {
  const whole = run.rows.filter((row) => row.phase === WHOLE_RUN);
  const sum = (figure: (row: PhaseRow) => number) => whole.reduce((total, row) => total + figure(row), 0);
  const offered = sum((row) => row.offered);
  const backoffMs = sum((row) => row.backoffMs);
  const isTold = run.source === 'telemetry';
  // What calls came to, or what the provider's whole ledger has.
  const costUsd = isTold ? sum((row) => row.costUsd) : (wholeOf(run)?.costUsd ?? Number.NaN);
  const retries = run.timeline.reduce((total, point) => total + point.retries, 0);
  const tokens = (of: 'inputTokens' | 'outputTokens'): number =>
    isTold ? sum((row) => row[of]) : run.models.reduce((all, model) => all + model[of], 0);
  const [inputTokens, outputTokens] = [tokens('inputTokens'), tokens('outputTokens')];
  const cards: readonly Card[] = [
    { name: 'Calls offered', value: count(offered), detail: `in ${tickDuration(run.measuredMs)}` },
    goodputCard(run),
    {
      name: 'Succeeded',
      value: share(
        sum((row) => row.succeeded),
        offered,
      ),
      detail: `${count(sum((row) => row.failed))} failed`,
    },
    {
      // Where nobody told of attempts, requests are all that is known.
      name: isTold ? 'Attempts per call' : 'Requests per call',
      value: decimal(perCall(run)),
      detail: Number.isNaN(retries) ? 'retries not known' : counted(retries, 'retry', 'retries'),
    },
    ...whole.flatMap(latencyCards),
    {
      name: 'Tokens',
      value: shortCount(inputTokens + outputTokens),
      detail: `${shortCount(inputTokens)} in · ${shortCount(outputTokens)} out`,
    },
    {
      name: 'Cost',
      value: usd(costUsd),
      detail: `${usd(offered > 0 ? (costUsd / offered) * 1000 : 0)} per 1,000 calls`,
    },
    wastedCard(run),
    {
      name: 'Spent in backoff',
      value: duration(backoffMs),
      detail: Number.isNaN(backoffMs)
        ? 'nobody told of it'
        : offered > 0
          ? `${duration(backoffMs / offered)} per call`
          : 'no calls',
    },
    differencesCard(run),
  ];
  return html`<dl class="cards">${cards.map(
    (card) =>
      html`<div class="card ${card.tone ?? ''}"><dt>${card.name}</dt><dd><span class="value">${card.value}</span> <span class="detail">${card.detail}</span></dd></div>
`,
  )}</dl>`;
}

function perCall(run: RunReport): number {
  if (run.source !== 'telemetry') return wholeOf(run)?.requestsPerCall ?? Number.NaN;
  const whole = run.rows.filter(({ phase }) => phase === WHOLE_RUN);
  const offered = whole.reduce((sum, row) => sum + row.offered, 0);
  return whole.reduce((sum, row) => sum + row.attemptsPerCall * row.offered, 0) / offered;
}

function wholeOf({ totals }: RunReport): PhaseTotal | undefined {
  return totals.find(({ phase }) => phase === WHOLE_RUN);
}

function goodputCard(run: RunReport): Card {
  const { good = 0, offered = 0, goodPerSecond = Number.NaN } = wholeOf(run) ?? {};
  const { wholeMs } = run.serviceLevel;
  return {
    name: 'Goodput',
    value: share(good, offered),
    detail: `${decimal(goodPerSecond, 1)} /s within ${tickDuration(wholeMs)}`,
  };
}

function wastedCard(run: RunReport): Card {
  const { wasted } = wholeOf(run) ?? {};
  return {
    name: 'Wasted',
    value: wasted?.costUsd === 0 ? '$0' : usd(wasted?.costUsd ?? Number.NaN),
    detail: `${counted(wasted?.tokens ?? Number.NaN, 'token')} of no use`,
  };
}

function latencyCards(row: PhaseRow): readonly Card[] {
  const kind = KIND_NAMES[row.kind];
  if (!hasLatency(row))
    return [{ name: `p95 latency, ${kind}`, value: duration(Number.NaN), detail: 'no call ended' }];
  const latency: Card = {
    name: `p95 latency, ${kind}`,
    value: duration(row.whole.p95Ms),
    detail: `p50 ${duration(row.whole.p50Ms)} · p99 ${duration(row.whole.p99Ms)}`,
  };
  if (!row.firstChunk) return [latency];
  const firstToken: Card = {
    name: `p95 first token, ${kind}`,
    value: duration(row.firstChunk.p95Ms),
    detail: `p50 ${duration(row.firstChunk.p50Ms)} · p99 ${duration(row.firstChunk.p99Ms)}`,
  };
  return [latency, firstToken];
}

function differencesCard({ invariants }: RunReport): Card {
  const wrong = invariants.filter((invariant) => invariant.difference !== 0);
  const judged = counted(invariants.length, 'invariant');
  const value = difference(wrong.reduce((sum, invariant) => sum + Math.abs(invariant.difference), 0));
  const name = 'Differences between books';
  if (invariants.length === 0)
    return { name, value: duration(Number.NaN), detail: 'no invariant was judged' };
  return wrong.length === 0
    ? { name, value, detail: `${judged}, all agree`, tone: 'good' }
    : {
        name,
        value,
        detail: `${wrong.map(({ id }) => id.slice(0, 20)).join(', ')} of ${judged}`,
        tone: 'bad',
      };
}
