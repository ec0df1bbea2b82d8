export type { OutputTokensOptions } from './completion.ts';
export type { MockState } from './control.ts';
export type {
  BrokenStreamFault,
  DelayFault,
  Endpoint,
  Fault,
  FaultName,
  RateLimitFault,
  ResetFault,
  ServerErrorFault,
} from './faults.ts';
export type { LatencyOptions } from './latency.ts';
export type { LedgerEnd, LedgerEntry, TokenUsage } from './ledger.ts';
export type { MockOptions, StartOptions } from './options.ts';
export type { Phase, Schedule } from './schedule.ts';
export { type Mock, startMock } from './server.ts';
