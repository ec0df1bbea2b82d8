export type { Alert, AlertName } from './account/alerts/alert.ts';
export type { AlertOptions } from './account/alerts/alert-options.ts';
export { toCsv, toJson } from './account/audit/audit-export.ts';
export { type AuditOptions, type AuditStore, fileAuditStore } from './account/audit/audit-options.ts';
export type { AuditDimension, AuditQuery, AuditRow } from './account/audit/audit-query.ts';
export { type AuditErasure, type EraseOptions, eraseFromAudit } from './account/audit/erase-from-audit.ts';
export { type AuditReading, type ReadAuditOptions, readAudit } from './account/audit/read-audit.ts';
export type { Budget, BudgetAlert, OnExceeded } from './account/budget/budget.ts';
export type { BudgetFigures, BudgetSnapshot } from './account/budget/budget-figures.ts';
export { type FileBudgetStoreOptions, fileBudgetStore } from './account/budget/file/file-store.ts';
export { type MemoryBudgetStoreOptions, memoryBudgetStore } from './account/budget/memory-store.ts';
export { type RedisBudgetStoreOptions, redisBudgetStore } from './account/budget/redis/redis-budget-store.ts';
export type { BudgetStore, BudgetWhenDown } from './account/budget/store.ts';
export { type CostEstimate, type EstimateQuestion, estimateCost } from './account/cost-estimate.ts';
export { type CostQuestion, costOf, type PriceChoice } from './account/cost-of.ts';
export type { Health, HealthCheck, HealthStatus } from './account/health/health.ts';
export { type PricedModels, pricedModels } from './account/priced-models.ts';
export type { ModelPrice } from './account/prices.ts';
export type { Statistics } from './account/statistics.ts';
export type { Limit, LimitMode, LimitScope, WindowName } from './admit/limit.ts';
export type { LimitPreset } from './admit/limit-presets.ts';
export type { Limiter, LimiterStats } from './admit/limiter.ts';
export type { QueueOptions } from './admit/limiter-options.ts';
export type { BreakerReason, BreakerState } from './attempt/breaker/breaker.ts';
export type { BreakerOptions } from './attempt/breaker/breaker-options.ts';
export type { BreakerEvent, BreakerFigures, BreakerSubject } from './attempt/breaker/breakers.ts';
export type { FallbackClient, FallbackOptions } from './attempt/fallback/fallback-options.ts';
export type { RetryBudgetOptions } from './attempt/retry-budget.ts';
export { type RetryOptions, worstCaseWaitMs } from './attempt/retry-policy.ts';
export type {
  Attempt,
  Backoff,
  Call,
  CallRequest,
  CallResponse,
  Fallback,
  JobPart,
  Outcome,
  Priority,
  Refusal,
  Throttle,
  Usage,
  UsageSource,
} from './call.ts';
export { type CallContext, callWith } from './call-with.ts';
export type { Clock } from './clock.ts';
export { TelltaleError, type TelltaleErrorCode } from './errors.ts';
export type { ExporterHealth, SignalFigures, TelemetrySignal } from './exporter-health.ts';
export type { AlertLogLine, CallLogger, CallLogLine, ConditionLogLine } from './observe/call-logger.ts';
export { beginSpan, inSpan, type WorkSpan, type WorkSpanOptions } from './observe/in-span.ts';
export type { ObserveOptions } from './options.ts';
export type { ErrorType } from './wrap/error-type.ts';
export type { TelltaleHandle } from './wrap/handle.ts';
export type { TelltaleEvents } from './wrap/listener-board.ts';
export { observe, telltale } from './wrap/observe-client.ts';
export type { RetryStats } from './wrap/retrying.ts';
