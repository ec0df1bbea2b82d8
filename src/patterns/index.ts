export { batch, forgetBatch, readBatch } from './batch/batch.ts';
export type { BatchOptions } from './batch/options.ts';
export type { BatchModelFigures, BatchProgress, OpenBatch } from './batch/progress.ts';
export type { BatchEndpoint, BatchRequest } from './batch/request.ts';
export type { BatchRequestError, BatchResponse, BatchResult } from './batch/result.ts';
export type { BatchRun } from './batch/run.ts';
export type { BatchUsage } from './batch/state.ts';
export { memoryRecords } from './store/memory-records.ts';
export type { HoldOptions, RecordHold, RecordInfo, RecordStore, StoredRecord } from './store/record-store.ts';
