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
