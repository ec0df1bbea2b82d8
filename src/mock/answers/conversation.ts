import { recordOf } from '../fields.ts';

/** What a request says so far: chat's `messages`, or Responses' `input`. */
export type Conversation = readonly unknown[];

/** The text of the last message of a user; empty where there is none. */
export function lastUserText(conversation: Conversation): string {
  const last = conversation.findLast(isUsers);
  return textOf(typeof last === 'string' ? last : recordOf(last)?.['content']);
}

/** Whether results of tools came after the last message of a user: what it asked for has been done. */
export function endsInToolResults(conversation: Conversation): boolean {
  return conversation.slice(conversation.findLastIndex(isUsers) + 1).some(isToolResult);
}

function isUsers(item: unknown): boolean {
  return typeof item === 'string' || recordOf(item)?.['role'] === 'user';
}

function isToolResult(item: unknown): boolean {
  const record = recordOf(item);
  const { role, type } = record ?? {};
  return role === 'tool' || role === 'function' || (typeof type === 'string' && type.endsWith('_output'));
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => recordOf(part)?.['text'])
    .filter((text) => typeof text === 'string')
    .join('');
}
