export type { BackgroundOptions } from './background-plan.ts';
export type { OutputTokensOptions } from './completion.ts';
export type { MockState } from './control.ts';
export type { Endpoint } from './endpoint.ts';
export type {
  BrokenStreamFault,
  DelayFault,
  DripFault,
  Fault,
  FaultName,
  HangFault,
  RateLimitFault,
  ResetFault,
  ServerErrorFault,
} from './faults.ts';
export type { LatencyOptions } from './latency.ts';
export type { JobRecord, LedgerEnd, LedgerEntry, RateLimitRecord, RefusedBy, TokenUsage } from './ledger.ts';
export { judgeLimits, type LimitsVerdict, type LimitUse, type LimitVerdict } from './limits/judge.ts';
export type {
  LimitedAmount,
  LimitedTime,
  LimitLaw,
  LimitOptions,
  MockLimit,
  PeriodName,
} from './limits/limit.ts';
export type { WorstWindow } from './limits/worst-window.ts';
export type { MockOptions, StartOptions } from './options.ts';
export type { Phase, Schedule } from './schedule.ts';
export { type Mock, startMock } from './server.ts';
export type { Forgery, WebhookDelivery } from './webhooks/delivery.ts';
export type { MockEvent } from './webhooks/send-event.ts';
export type { WebhookOptions, WebhookType } from './webhooks/webhook-plan.ts';
