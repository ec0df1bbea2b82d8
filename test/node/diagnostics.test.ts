import { type DiagLogger, diag } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atMostOnceAMinute, showDiagnostics } from '../../src/node/diagnostics.ts';
import { createFakeClock, type FakeClock } from '../mock/fake-clock.ts';

let clock: FakeClock;
let warnings: string[];

beforeEach(() => {
  clock = createFakeClock();
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  diag.disable();
});

test('a matter is said once a minute, whatever else is said', () => {
  const said: string[] = [];
  const say = atMostOnceAMinute(clock, (message) => said.push(message));
  say('x', 'x1');
  say('y', 'y1');
  clock.advance(59_999);
  say('x', 'x2');
  clock.advance(1);
  say('x', 'x3');
  expect(said).toEqual(['x1', 'y1', 'x3']);
});

test('its memory is bounded', () => {
  let said = 0;
  const say = atMostOnceAMinute(clock, () => said++);
  for (let index = 0; index < 1_000; index++) say(`matter ${index}`, '');
  expect(said).toBe(100);
});

test('OpenTelemetry’s warnings become process warnings, and its chatter does not', () => {
  showDiagnostics(clock, {});
  diag.info('started');
  diag.warn('Dropped 17 spans because maxQueueSize reached');
  diag.warn('Dropped 4 spans because maxQueueSize reached');
  diag.error('Attempted duplicate registration');
  expect(warnings).toEqual([
    'Dropped 17 spans because maxQueueSize reached',
    'Attempted duplicate registration',
  ]);
});

test('taken away, it is silent again', () => {
  showDiagnostics(clock, {})();
  diag.warn('nobody hears this');
  expect(warnings).toEqual([]);
});

test('a logger of the application’s stays the one', () => {
  const heard: string[] = [];
  const ignore = (): void => {};
  const own: DiagLogger = {
    error: ignore,
    warn: (message) => heard.push(message),
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(own);
  showDiagnostics(clock, {})();
  diag.warn('for the application');
  expect([heard, warnings]).toEqual([['for the application'], []]);
});

test('with OTEL_LOG_LEVEL the SDK’s own logger is left to it', () => {
  showDiagnostics(clock, { OTEL_LOG_LEVEL: 'debug' });
  diag.warn('nobody hears this yet');
  expect(warnings).toEqual([]);
});
