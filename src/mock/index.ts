export type { AnswerOptions } from './answers/options.ts';
export { readAnswers } from './answers/read-answers.ts';
export type {
  AnswerFixture,
  AnswerFunction,
  AnswerMatch,
  AnswerRequest,
  Answers,
  ScriptedAnswer,
  ScriptedBody,
  ScriptedCall,
  ScriptedSpeech,
} from './answers/script.ts';
export type { BackgroundOptions } from './background-plan.ts';
export type { BatchOptions } from './batch-options.ts';
export { loadScenario, type MockScenario, type ScenarioName, scenarioNames } from './chaos/scenarios.ts';
export { type ReadSchedule, readSchedule } from './chaos/schedule-file.ts';
export type { OutputTokensOptions } from './completion.ts';
export type { MockState } from './control.ts';
export type { Endpoint } from './endpoint.ts';
export type {
  BrokenBodyFault,
  BrokenStreamFault,
  Chance,
  ClockSkewFault,
  ConnectionFault,
  ContentTypeFault,
  DelayFault,
  DripBodyFault,
  DripFault,
  DuplicateFault,
  ErrorFault,
  Fault,
  FaultName,
  HtmlPageFault,
  HugeBodyFault,
  NoBodyFault,
  NoHeadersFault,
  NoUsageFault,
  OmittedHeader,
  RateLimitFault,
  RefuseFault,
  RetryAdvice,
} from './faults.ts';
export type { LatencyOptions } from './latency.ts';
export type {
  BatchRecord,
  FinishReason,
  JobRecord,
  LedgerEnd,
  LedgerEntry,
  RateLimitRecord,
  RefusedBy,
  TokenUsage,
} from './ledger.ts';
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
export type { MockOptions, ScheduleOptions, StartOptions } from './options.ts';
export type { Phase, Schedule } from './schedule.ts';
export { type Mock, startMock } from './server.ts';
export type { CountTokens } from './usage.ts';
export type { Forgery, WebhookDelivery } from './webhooks/delivery.ts';
export type { MockEvent } from './webhooks/send-event.ts';
export type { WebhookOptions, WebhookType } from './webhooks/webhook-plan.ts';
