export { fileRecords } from './store/file/file-records.ts';
export { memoryRecords } from './store/memory-records.ts';
export type { HoldOptions, RecordHold, RecordInfo, RecordStore, StoredRecord } from './store/record-store.ts';
export { type RedisRecordsOptions, redisRecords } from './store/redis/redis-records.ts';
