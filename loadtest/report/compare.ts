import type { EarlierRow, EarlierRun } from './model.ts';
import { differencesOf, type VerdictFile, type VerdictPhase } from './verdict-file.ts';

/** By this part of the earlier figure a figure may be worse where `--tolerance` says nothing else. */
export const defaultTolerance = 0.2;

/** Below this a difference is noise, whatever part of the earlier figure it is. */
const noise: Readonly<Record<EarlierRow['unit'], number>> = {
  ms: 25,
  share: 0.01,
  count: 0.05,
  usd: 0.000_001,
};
/** Recovery is looked at in steps, over two seconds. */
const recoveryNoiseMs = 1_000;

interface Figure extends Pick<EarlierRow, 'figure' | 'phase' | 'unit' | 'before' | 'now'> {
  /** Where it is not that of the unit. */
  readonly noise?: number;
  /** One more is worse already. */
  readonly isExact?: boolean;
  /** Where it does not follow from the two values. */
  readonly change?: EarlierRow['change'];
}

/** This run's figures against an earlier one's, and which of them got worse. */
export function compareRuns(
  { file, verdict: before }: { readonly file: string; readonly verdict: VerdictFile },
  now: VerdictFile,
  tolerance = defaultTolerance,
): EarlierRun {
  return {
    file,
    startedAt: before.startedAt,
    verdict: before.verdict,
    notes: notesOn(before, now),
    tolerance,
    rows: figuresOf(before, now).map(({ noise: own, isExact, change, ...figure }) => ({
      ...figure,
      change: change ?? changeOf(figure, isExact ? 0 : tolerance, own ?? noise[figure.unit]),
    })),
  };
}

/** The figures that got worse by more than the tolerance. */
export function worseFigures({ rows }: EarlierRun): EarlierRow[] {
  return rows.filter(({ change }) => change === 'worse');
}

/** Of a share less is worse, of anything else more. */
function changeOf(
  { unit, before, now }: Pick<EarlierRow, 'unit' | 'before' | 'now'>,
  tolerance: number,
  least: number,
): EarlierRow['change'] {
  if (before === null || now === null) return 'not comparable';
  // Of a share it is what is missing that grows: from 99 % to 97 % the failures are three times as many.
  const [was, is] = unit === 'share' ? [1 - before, 1 - now] : [before, now];
  // A ten-billionth for what binary fractions cannot hold.
  const allowed = Math.max(was * tolerance, least) * (1 + 1e-10);
  if (is - was > allowed) return 'worse';
  return was - is > allowed ? 'better' : 'same';
}

/** What else was different between the two. */
function notesOn(before: VerdictFile, now: VerdictFile): string[] {
  const load = ({ offeredPerSecond: { json, streams } }: VerdictFile): string => `${json} + ${streams} /s`;
  const level = ({ serviceLevel: { wholeMs, firstTokenMs } }: VerdictFile): string =>
    `${wholeMs} ms and ${firstTokenMs} ms`;
  const told: readonly (readonly [string, string, string])[] = [
    ['scenario', before.scenario, now.scenario],
    ['seed', String(before.seed), String(now.seed)],
    ['load', load(before), load(now)],
    ['duration', `${before.durationMs / 1_000} s`, `${now.durationMs / 1_000} s`],
    ['service level', level(before), level(now)],
    ['machine', before.machine, now.machine],
  ];
  return [
    ...told
      .filter(([, was, is]) => was !== is)
      .map(([what, was, is]) => `another ${what}: ${was}, now ${is}`),
    ...(before.partial ? ['the earlier run was cut short'] : []),
    ...(now.partial ? ['this run was cut short'] : []),
  ];
}

function figuresOf(before: VerdictFile, now: VerdictFile): Figure[] {
  const whole = { before: phaseOf(before, 'all'), now: phaseOf(now, 'all') };
  const names = now.phases.map(({ name }) => name).filter((name) => name !== 'all');
  const both = (
    figure: string,
    unit: Figure['unit'],
    of: (phase: VerdictPhase) => number | null,
    phase = 'all',
  ): Figure => ({
    figure,
    phase,
    unit,
    before: figureOf(phaseOf(before, phase), of),
    now: figureOf(phaseOf(now, phase), of),
  });
  const perCall = (of: (phase: VerdictPhase) => number | null) => (phase: VerdictPhase) => {
    const sum = of(phase);
    return phase.offered === 0 || sum === null || Number.isNaN(sum) ? null : sum / phase.offered;
  };
  return [
    both('goodput, share of calls', 'share', ({ goodShare }) => goodShare),
    ...names.map((name) => both('goodput, share of calls', 'share', ({ goodShare }) => goodShare, name)),
    both('succeeded, share of calls', 'share', ({ succeededShare }) => succeededShare),
    ...latencies(whole.before, whole.now),
    both('requests a call', 'count', ({ requestsPerCall }) => requestsPerCall),
    both(
      'backoff a call',
      'ms',
      perCall(({ backoffMs }) => backoffMs),
    ),
    both(
      'wait for limits a call',
      'ms',
      perCall(({ throttleMs }) => throttleMs),
    ),
    {
      ...both(
        'wasted tokens a call',
        'count',
        perCall(({ wasted }) => wasted.tokens),
      ),
      noise: 1,
    },
    both(
      'cost a call',
      'usd',
      perCall(({ costUsd }) => costUsd),
    ),
    ...now.recoveries.map((recovery) => recoveryRow(before.recoveries, recovery)),
    exact('differences between the books', differencesOf(before), differencesOf(now)),
    exact('dropped iterations', before.generator.dropped, now.generator.dropped),
  ];
}

/** Of each kind of call that this run had. */
function latencies(before: VerdictPhase | undefined, now: VerdictPhase | undefined): Figure[] {
  return (now?.kinds ?? []).flatMap(({ kind, ...is }) => {
    const was = before?.kinds.find((one) => one.kind === kind);
    const row = (figure: string, old: number | undefined, value: number): Figure => ({
      figure: `${figure}, ${kind}`,
      phase: 'all',
      unit: 'ms',
      before: old ?? null,
      now: value,
    });
    return [
      row('p50', was?.whole.p50Ms, is.whole.p50Ms),
      row('p95', was?.whole.p95Ms, is.whole.p95Ms),
      row('p99', was?.whole.p99Ms, is.whole.p99Ms),
      ...(is.firstChunk ? [row('first token p95', was?.firstChunk?.p95Ms, is.firstChunk.p95Ms)] : []),
      ...(is.chunkGap
        ? [{ ...row('between tokens p95', was?.chunkGap?.p95Ms, is.chunkGap.p95Ms), noise: gapNoiseMs }]
        : []),
    ];
  });
}

/** Gaps are a few milliseconds long. */
const gapNoiseMs = 2;

function recoveryRow(
  before: VerdictFile['recoveries'],
  { phase, state, afterMs }: VerdictFile['recoveries'][number],
): Figure {
  const was = before.find((one) => one.phase === phase);
  // A run that never came back has no figure, and is worse than any that has one.
  const [hadCome, hasCome] = [was?.state === 'recovered', state === 'recovered'];
  const change =
    hadCome && state === 'not recovered'
      ? 'worse'
      : hasCome && was?.state === 'not recovered'
        ? 'better'
        : undefined;
  return {
    figure: 'goodput back after',
    phase,
    unit: 'ms',
    before: was?.afterMs ?? null,
    now: afterMs,
    noise: recoveryNoiseMs,
    ...(change && { change }),
  };
}

function exact(figure: string, before: number | null, now: number | null): Figure {
  return { figure, phase: 'all', unit: 'count', before, now, noise: 0, isExact: true };
}

function phaseOf({ phases }: VerdictFile, name: string): VerdictPhase | undefined {
  return phases.find((phase) => phase.name === name);
}

function figureOf(
  phase: VerdictPhase | undefined,
  of: (phase: VerdictPhase) => number | null,
): number | null {
  return phase ? of(phase) : null;
}
