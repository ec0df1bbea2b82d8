import { count, decimal, duration } from './format.ts';
import type { RunReport, SideFigures } from './model.ts';

/** What became of the telemetry, in sentences. */
export function telemetryLines({ telemetry }: RunReport): string[] {
  const { exports, refused, duplicates, late, orphans, droppedParts, exportFailures } = telemetry;
  const bodies = exports.traces + exports.metrics + exports.logs;
  return [
    `${count(telemetry.spans)} spans, ${count(telemetry.metricPoints)} metric points and ${count(telemetry.logRecords)} log records received in ${count(bodies)} exports`,
    `${count(duplicates)} spans twice, ${count(orphans)} without their parent, ${count(late)} later than ${duration(telemetry.lateAfterMs)} (at most ${duration(telemetry.longestLagMs)}), ${count(droppedParts)} parts dropped by the sender, ${count(refused)} exports refused`,
    ...(exportFailures === 0 ? [] : [`${count(exportFailures)} bodies not taken by the collector`]),
  ];
}

/** Whether k6 kept to the load, in sentences. */
export function generatorLines({ generator }: SideFigures): string[] {
  const { asked, offered, polls, askedPerSecond, offeredPerSecond, dropped, lag, users } = generator;
  const what = polls === undefined ? 'calls' : 'jobs';
  return [
    `asked for ${count(asked)} ${what} (${decimal(askedPerSecond, 1)}/s), ${count(offered)} were made (${decimal(offeredPerSecond, 1)}/s), ${dropped === undefined ? 'k6 did not say how many were dropped' : `${count(dropped)} dropped`}`,
    ...(polls === undefined ? [] : [`${count(polls)} calls asked how far a job was`]),
    lag === undefined
      ? 'how late its iterations began is not known'
      : `iterations began ${duration(lag.p50Ms)} late (p50), ${duration(lag.p99Ms)} (p99), at most ${duration(lag.maxMs)}`,
    users === undefined
      ? 'how many virtual users were busy is not known'
      : `at most ${count(users.busy)} of ${count(users.ready)} virtual users were busy`,
  ];
}
