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
export { fileRecords } from './store/file/file-records.ts';
export { memoryRecords } from './store/memory-records.ts';
export type { HoldOptions, RecordHold, RecordInfo, RecordStore, StoredRecord } from './store/record-store.ts';
export { type RedisRecordsOptions, redisRecords } from './store/redis/redis-records.ts';
