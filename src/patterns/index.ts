export { batch, forgetBatch, readBatch } from './batch/batch.ts';
export type { BatchOptions } from './batch/options.ts';
export type { BatchModelFigures, BatchProgress, OpenBatch } from './batch/progress.ts';
export type { BatchEndpoint, BatchRequest } from './batch/request.ts';
export type { BatchRequestError, BatchResponse, BatchResult } from './batch/result.ts';
export type { BatchRun } from './batch/run.ts';
export type { BatchUsage } from './batch/state.ts';
export { fileRecords } from './store/file/file-records.ts';
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
export { memoryRecords } from './store/memory-records.ts';
export type { HoldOptions, RecordHold, RecordInfo, RecordStore, StoredRecord } from './store/record-store.ts';
export { type RedisRecordsOptions, redisRecords } from './store/redis/redis-records.ts';
