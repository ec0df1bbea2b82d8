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
export { memoryRecords } from './store/memory-records.ts';
export type { HoldOptions, RecordHold, RecordInfo, RecordStore, StoredRecord } from './store/record-store.ts';
