/** The admission stage on its own, for whatever shares a quota: `telltale/limiter`. */
export {
  type EstimatorOptions,
  type TokenEstimate,
  TokenEstimator,
  type UsedTokens,
} from './admit/estimate-tokens.ts';
export type { LearningFigures } from './admit/learn/learner.ts';
export type { ProviderAnswer } from './admit/learn/provider-answer.ts';
export type { HeadersLike } from './admit/learn/rate-limit-headers.ts';
export type { RefusalKind } from './admit/learn/refusal.ts';
export type { Limit, LimitMode, LimitScope, WindowName } from './admit/limit.ts';
export type { LimitPreset } from './admit/limit-presets.ts';
export { type AcquireRequest, createLimiter, type Limiter, type LimiterStats } from './admit/limiter.ts';
export type { LimiterOptions, QueueOptions } from './admit/limiter-options.ts';
export type {
  LimiterFigures,
  LimitFigures,
  RefusalReason,
  StoreFigures,
} from './admit/limiter-statistics.ts';
export type { Permit } from './admit/permit.ts';
export type { RedisStoreOptions } from './admit/redis/redis-store.ts';
export type { LeaseOptions, WhenDown } from './admit/shared/options.ts';
export type { SharedStore } from './admit/shared/store.ts';
export type { Priority } from './call.ts';
export type { Clock } from './clock.ts';
export type { DurationSummary } from './durations.ts';
export { TelltaleError, type TelltaleErrorCode } from './errors.ts';
export {
  type MapCallsContext,
  type MapCallsOptions,
  type MapCallsProgress,
  mapCalls,
} from './map-calls.ts';
export type { RedisClient } from './redis-script.ts';
export { redisStore } from './redis-store.ts';
