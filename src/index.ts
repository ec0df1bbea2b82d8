export type { Alert, AlertName } from './account/alerts/alert.ts';
export type { AlertOptions } from './account/alerts/alert-options.ts';
export { toCsv, toJson } from './account/audit/audit-export.ts';
export { type AuditOptions, type AuditStore, fileAuditStore } from './account/audit/audit-options.ts';
export type { AuditDimension, AuditQuery, AuditRow } from './account/audit/audit-query.ts';
export type { Health, HealthCheck, HealthStatus } from './account/health/health.ts';
export type { ModelPrice } from './account/prices.ts';
export type { Statistics } from './account/statistics.ts';
export type { Limit, LimitMode, LimitScope, WindowName } from './admit/limit.ts';
export type { LimitPreset } from './admit/limit-presets.ts';
export type { Limiter, LimiterStats } from './admit/limiter.ts';
export type { QueueOptions } from './admit/limiter-options.ts';
export type {
  Attempt,
  Backoff,
  Call,
  CallRequest,
  CallResponse,
  Outcome,
  Priority,
  Throttle,
  Usage,
  UsageSource,
} from './call.ts';
export { type CallContext, callWith } from './call-with.ts';
export type { Clock } from './clock.ts';
export { TelltaleError, type TelltaleErrorCode } from './errors.ts';
export type { CallLogger, CallLogLine, ConditionLogLine } from './observe/call-logger.ts';
export type { ObserveOptions } from './options.ts';
export type { ErrorType } from './wrap/error-type.ts';
export type { TelltaleHandle } from './wrap/handle.ts';
export type { TelltaleEvents } from './wrap/listener-board.ts';
export { observe, telltale } from './wrap/observe-client.ts';
