export { analyseDocument, estimateAnalysis } from './analysis/analyse-document.ts';
export type { AnalysisFigures, DocumentAnalysis, SkippedPart } from './analysis/analysis.ts';
export type { AnswerFault } from './analysis/answer.ts';
export { type AnalysesCompared, type ComparedPoint, compareAnalyses } from './analysis/compare.ts';
export type { AnalysisEstimate, EstimateRange } from './analysis/estimate.ts';
export type { FailedPart } from './analysis/faults.ts';
export type { AnalysisOptions, AnalysisQuestion } from './analysis/options.ts';
export type { AnalysisListeners, AnalysisProgress } from './analysis/progress.ts';
export type { ReasoningEffort } from './analysis/prompts.ts';
export type { Reference, ReportPoint } from './analysis/references.ts';
export { reportAsHtml } from './analysis/report/html.ts';
export { reportAsMarkdown } from './analysis/report/markdown.ts';
export { caveatsOf as reportCaveats, type Fact, factsOf, type Report } from './analysis/report/words.ts';
export {
  type BackgroundJobs,
  type BackgroundOptions,
  background,
  backgroundJobs,
  type ResumedJobs,
} from './background/background-jobs.ts';
export type {
  BackgroundJob,
  JobCost,
  JobEnd,
  JobEvent,
  JobRequest,
  JobResponse,
  JobState,
  JobTold,
} from './background/job.ts';
export type { BackgroundJobsOptions, JobOptions } from './background/job-options.ts';
export type { WebhookHeaders, WebhookNews } from './background/webhook.ts';
export { batch, forgetBatch, readBatch } from './batch/batch.ts';
export type { BatchOptions } from './batch/options.ts';
export type { BatchModelFigures, BatchProgress, OpenBatch } from './batch/progress.ts';
export type { BatchEndpoint, BatchRequest } from './batch/request.ts';
export type { BatchRequestError, BatchResponse, BatchResult } from './batch/result.ts';
export type { BatchRun } from './batch/run.ts';
export type { BatchUsage } from './batch/state.ts';
export { type Conversation, conversation } from './conversation/conversation.ts';
export type {
  ConversationOptions,
  ConversationVia,
  KeepOptions,
} from './conversation/conversation-options.ts';
export {
  type ConversationInfo,
  type Conversations,
  type ConversationsOptions,
  conversations,
} from './conversation/conversations.ts';
export type { Forgotten } from './conversation/forget.ts';
export type {
  ConversationMessage,
  OutgoingMessage,
  ReplyOutcome,
  TurnState,
  UserContent,
} from './conversation/message.ts';
export type {
  ConversationNotice,
  ConversationReply,
  ConversationStream,
  ConversationSummary,
  ConversationTotals,
  SendOptions,
} from './conversation/reply.ts';
export type { ConversationCost } from './conversation/spent.ts';
export { type ContextWindow, contextWindowOf } from './document/context-window.ts';
export {
  type Block,
  type BlockKind,
  type Document,
  type DocumentType,
  describePlace,
  type Place,
} from './document/document.ts';
export type { ReadDocumentOptions } from './document/document-options.ts';
export { readDocument } from './document/read-document.ts';
export type { DocumentData, DocumentInput } from './document/source.ts';
export type { Part, Piece } from './document/split/part.ts';
export { splitDocument } from './document/split/split-document.ts';
export type { SplitOptions } from './document/split/split-options.ts';
export type {
  Finding,
  GuardedAnswer,
  GuardFailure,
  GuardStage,
  ModerationReport,
  ModerationTimes,
} from './moderation/answer.ts';
export type { ModerationCategory } from './moderation/categories.ts';
export { type Guard, type GuardCallOptions, guarded } from './moderation/guard.ts';
export type { GuardedStream } from './moderation/guarded-stream.ts';
export type { GuardedRequest, GuardOptions, InputOptions, ModerationMode } from './moderation/options.ts';
export type { CategoryRule, ModerationAction, ModerationPolicy } from './moderation/policy.ts';
export { fileRecords } from './store/file/file-records.ts';
export { memoryRecords } from './store/memory-records.ts';
export type { HoldOptions, RecordHold, RecordInfo, RecordStore, StoredRecord } from './store/record-store.ts';
export { type RedisRecordsOptions, redisRecords } from './store/redis/redis-records.ts';
