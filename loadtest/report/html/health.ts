import { count, decimal, duration, share } from '../format.ts';
import type { RunReport } from '../model.ts';
import { type Html, html } from './escape.ts';
import { badge } from './section.ts';
import { table } from './table.ts';

interface Line {
  readonly name: string;
  readonly value: string;
  readonly judged: Html | string;
}

function lines(caption: string, rows: readonly Line[]): Html {
  return table<Line>({
    caption,
    rows,
    rowClass: () => '',
    columns: [
      { heading: 'Figure', names: true, cell: ({ name }) => name },
      { heading: 'Value', figure: true, cell: ({ value }) => value },
      { heading: 'Judgement', cell: ({ judged }) => judged },
    ],
  });
}

/** How the telemetry arrived. */
export function telemetryTable({ telemetry }: RunReport): Html {
  const { exports } = telemetry;
  const arrived = (name: string, value: number): Line => ({
    name,
    value: count(value),
    judged: value > 0 ? '' : badge('warn', 'nothing arrived'),
  });
  const must = (name: string, value: number, wrong: string, tone: 'bad' | 'warn' = 'bad'): Line => ({
    name,
    value: count(value),
    judged: value === 0 ? badge('good', 'none') : badge(tone, wrong),
  });
  return lines('What the telemetry receiver got', [
    arrived('Spans received', telemetry.spans),
    arrived('Metric points received', telemetry.metricPoints),
    arrived('Log records received', telemetry.logRecords),
    {
      name: 'Exports of traces, metrics and logs',
      value: [exports.traces, exports.metrics, exports.logs].map(count).join(' + '),
      judged: '',
    },
    must('Spans that came twice', telemetry.duplicates, 'sent again'),
    must('Spans whose parent never came', telemetry.orphans, 'spans were lost'),
    must(
      `Spans later than ${duration(telemetry.lateAfterMs)} after their end`,
      telemetry.late,
      'the exporter was behind',
      'warn',
    ),
    { name: 'Longest way from a span’s end to here', value: duration(telemetry.longestLagMs), judged: '' },
    must('Attributes, events and links dropped by the sender', telemetry.droppedParts, 'cut by its limits'),
    must('Exports refused here', telemetry.refused, 'telemetry was lost'),
    must('Exports not taken by the collector', telemetry.exportFailures, 'telemetry was lost'),
  ]);
}

/** Whether k6 kept to the load. */
export function generatorTable({ generator }: RunReport): Html {
  const { asked, offered, polls, askedPerSecond, offeredPerSecond, dropped, lag, users } = generator;
  const what = polls === undefined ? 'Calls' : 'Jobs';
  const unknown = html`<span class="none">not known</span>`;
  return lines('How well k6 kept to the load', [
    {
      name: `${what} asked for`,
      value: `${count(asked)} (${decimal(askedPerSecond, 1)} /s)`,
      judged: '',
    },
    {
      name: `${what} made`,
      value: `${count(offered)} (${decimal(offeredPerSecond, 1)} /s)`,
      judged: html`${share(offered, asked)}`,
    },
    ...(polls === undefined
      ? []
      : [{ name: 'Calls that asked how far a job was', value: count(polls), judged: '' }]),
    {
      name: 'Iterations dropped',
      value: count(dropped ?? Number.NaN),
      judged:
        dropped === undefined
          ? unknown
          : dropped === 0
            ? badge('good', 'none')
            : badge('bad', 'the run proves nothing'),
    },
    ...(lag
      ? ([
          ['p50', lag.p50Ms],
          ['p99', lag.p99Ms],
          ['longest', lag.maxMs],
        ] as const)
      : ([['', Number.NaN]] as const)
    ).map(([name, lagMs]) => ({
      name: `Began after it was due${name === '' ? '' : `, ${name}`}`,
      value: duration(lagMs),
      judged: lag ? '' : unknown,
    })),
    {
      name: 'Virtual users busy at once',
      value: users ? `${count(users.busy)} of ${count(users.ready)}` : count(Number.NaN),
      judged: users ? '' : unknown,
    },
  ]);
}
