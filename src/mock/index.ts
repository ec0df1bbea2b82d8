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
export type {
  FinishReason,
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
export type { MockOptions, StartOptions } from './options.ts';
export type { Phase, Schedule } from './schedule.ts';
export { type Mock, startMock } from './server.ts';
export type { CountTokens } from './usage.ts';
