import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import { registered } from './registered.ts';

/** How long the same message is not said again. */
const silenceMs = 60_000;
const longestMessage = 300;

/** Says what is given at most once a minute for each `matter`. The memory of it is bounded. */
export function atMostOnceAMinute(
  clock: Clock,
  say: (message: string) => void,
): (matter: string, message: string) => void {
  const saidMs = new Map<string, number>();
  return function sayRarely(matter, message) {
    const nowMs = clock.nowMs();
    for (const [said, atMs] of saidMs) if (nowMs - atMs >= silenceMs) saidMs.delete(said);
    if (saidMs.has(matter) || saidMs.size >= 100) return;
    saidMs.set(matter, nowMs);
    say(message);
  };
}

/**
 * OpenTelemetry is silent about its own troubles until somebody gives it a logger. Where nobody has, its warnings
 * become process warnings. Returns the function that takes the logger away again.
 */
export function showDiagnostics(clock: Clock, environment: NodeJS.ProcessEnv): () => void {
  // `OTEL_LOG_LEVEL` makes the SDK install its console logger.
  if (environment['OTEL_LOG_LEVEL'] || registered('diag')) return () => {};
  const warn = atMostOnceAMinute(clock, (message) => {
    process.emitWarning(message, { type: 'TelltaleWarning', code: 'TELLTALE_TELEMETRY' });
  });
  // Numbers differ from one message to the next ("Dropped 17 spans") where the matter is the same.
  const show = (message: string): void =>
    warn(message.replace(/\d+/g, '0'), message.slice(0, longestMessage));
  const ignore = (): void => {};
  const logger: DiagLogger = { error: show, warn: show, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, DiagLogLevel.WARN);
  return () => diag.disable();
}
