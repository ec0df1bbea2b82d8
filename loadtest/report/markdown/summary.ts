import { count, duration, share, ungrouped, usd } from '../format.ts';
import type { EarlierRun, RunReport } from '../model.ts';
import { total } from '../percentile.ts';
import { generatorLines, telemetryLines } from '../sentences.ts';
import { stateOf } from '../state.ts';
import {
  callsOf,
  earlierTable,
  errorsTable,
  goodputTable,
  invariantTable,
  latencyTable,
  modelsTable,
  sidesTable,
  type TextTable,
  wastedTable,
} from '../text-tables.ts';
import { code, folded, table, text } from './text.ts';

const signs = { green: '✅', red: '❌', void: '⚪', partial: '🟡' } as const;

/** A summary for a pull request: the verdict, one table, and the rest folded. */
export function markdownSummary(report: RunReport): string {
  const { header, verdict, serviceLevel, comparison, earlier, wasted } = report;
  const { wholeMs, firstTokenMs } = serviceLevel;
  const sides = sidesTable(report);
  return [
    `### ${signs[stateOf(report)]} Load test ${code(header.scenario)}: ${headline(report)}`,
    '',
    ...(header.partial
      ? [
          `**Partial:** cut short after ${text(duration(report.measuredMs))} of ${text(duration(header.durationMs))}; every figure covers only that.`,
          '',
        ]
      : []),
    ...(verdict.reasons.length === 0 ? [] : [...verdict.reasons.map((reason) => `- ${text(reason)}`), '']),
    ...(report.notes ?? []).flatMap((note) => [`Note: ${text(note)}`, '']),
    ...(header.sabotage === undefined ? [] : [`A bug was planted: ${code(header.sabotage)}.`, '']),
    ...table(goodputTable(report)),
    `Good: answered within ${text(duration(wholeMs))}, the first token of a stream within ${text(duration(firstTokenMs))}. ${text(`${count(callsOf(report))} calls, ${costOf(report)}, seed ${ungrouped(header.seed)}`)}.`,
    '',
    ...(earlier ? folded(earlierTitle(earlier), earlierLines(earlier)) : []),
    ...(sides
      ? folded('Bare client against wrapped client', [
          ...(comparison ? [text(comparison.says), ''] : []),
          ...table(sides),
        ])
      : []),
    ...folded('Latency', table(latencyTable(report))),
    ...folded(
      `Invariants: ${count(total(report.invariants.map(({ difference }) => Math.abs(difference))))} differences`,
      table(invariantTable(report)),
    ),
    ...folded('Thresholds', table(thresholdTable(report))),
    ...folded('What went wrong', [
      ...table(errorsTable(report)),
      ...(wasted.length === 0 ? [] : table(wastedTable(report))),
    ]),
    ...folded('Models', table(modelsTable(report))),
    ...folded('Load generator, telemetry and versions', [
      ...[...generatorLines(report), ...telemetryLines(report)].map((line) => `- ${text(line)}`),
      `- ${Object.entries(header.versions)
        .map(([name, version]) => code(`${name} ${version}`))
        .join(' ')} ${text(`on ${header.machine}`)}`,
      '',
    ]),
  ].join('\n');
}

function headline(report: RunReport): string {
  return {
    green: 'green',
    red: report.header.partial ? 'red, and cut short' : 'red',
    void: 'void, it proves nothing',
    partial: 'partial, nothing wrong in what did happen',
  }[stateOf(report)];
}

function costOf({ totals }: RunReport): string {
  return usd(totals.find(({ phase }) => phase === 'all')?.costUsd ?? 0);
}

function thresholdTable({ thresholds }: RunReport): TextTable {
  return {
    headings: ['', 'metric', 'must be', 'was'],
    figuresFrom: 3,
    rows: thresholds.map(({ ok, name, expression, measured }) => [
      ok ? 'ok' : 'BAD',
      name,
      expression,
      measured,
    ]),
  };
}

function earlierTitle({ startedAt, rows }: EarlierRun): string {
  const worse = rows.filter(({ change }) => change === 'worse').length;
  return `Against the run of ${startedAt}: ${worse === 0 ? 'nothing got worse' : `${count(worse)} got worse`}`;
}

function earlierLines(earlier: EarlierRun): string[] {
  return [
    text(
      `That run was ${earlier.verdict}. Worse is what is worse by more than ${share(earlier.tolerance, 1)} of the earlier figure, and by more than noise.`,
    ),
    '',
    ...(earlier.notes.length === 0 ? [] : [...earlier.notes.map((note) => `- ${text(note)}`), '']),
    ...table(earlierTable(earlier)),
  ];
}
