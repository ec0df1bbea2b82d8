import { asArray, asCount, asObject, asString, asText, type JsonObject } from '../../json.ts';
import type { RecordKind } from '../store/records.ts';
import type { ReplyOutcome, TurnState, UserContent } from './message.ts';
import { type ConversationCost, costOf } from './spent.ts';

export interface TurnRecord {
  readonly state: TurnState;
  readonly user: UserContent;
  readonly askedMs: number;
  /** What was answered, as far as it came. */
  readonly text?: string | undefined;
  readonly answeredMs?: number | undefined;
  readonly outcome?: ReplyOutcome | undefined;
  readonly incompleteReason?: string | undefined;
  readonly model?: string | undefined;
  /** Known as soon as the provider has begun, so that it can be asked what became of it. */
  readonly responseId?: string | undefined;
  /** Whether the provider was asked to keep the response. */
  readonly isStored?: boolean | undefined;
  /** By which a later process goes on with the same trace. */
  readonly traceparent?: string | undefined;
  /** The code or class of the error of a turn that failed. */
  readonly error?: string | undefined;
  readonly cost: ConversationCost;
}

/** What the provider keeps, and up to where. Turns are counted from 0. */
export interface ProviderMemory {
  readonly id: string;
  /** Turns before this one are there, or were told in its beginning. */
  readonly synced: number;
  /** The first turn that it was shown in full: another one now means that it must begin anew. */
  readonly start: number;
  /** The last item that is surely there. */
  readonly lastItemId?: string | undefined;
  /** A request was sent of which it is not known whether it came to be part of it. */
  readonly isUncertain?: boolean | undefined;
}

export interface SummaryRecord {
  readonly text: string;
  readonly atMs: number;
  /** Turns before this one are in it. */
  readonly turns: number;
}

export interface ConversationRecord {
  readonly createdMs: number;
  readonly changedMs: number;
  readonly model: string;
  /** All that were ever begun. */
  readonly turns: readonly TurnRecord[];
  /** Those before this one are not shown to the model; the summary stands for them. */
  readonly start: number;
  readonly summary?: SummaryRecord | undefined;
  readonly summaries: number;
  readonly summaryCost: ConversationCost;
  readonly cost: ConversationCost;
  readonly conversation?: ProviderMemory | undefined;
  readonly response?: ProviderMemory | undefined;
  /** Conversations of the provider that could not be deleted yet. */
  readonly stale?: readonly string[] | undefined;
  readonly retentionMs?: number | undefined;
}

export const conversationKind: RecordKind<ConversationRecord> = {
  name: 'conversation',
  version: 1,
  read: (value) => {
    const turns = array('turns', value['turns']).map((turn, at) => readTurn(`turns[${at}]`, turn));
    const start = count('start', value['start']);
    if (start > turns.length) throw new Error('`start` is beyond the last turn');
    return {
      createdMs: count('createdMs', value['createdMs']),
      changedMs: count('changedMs', value['changedMs']),
      model: text('model', value['model']),
      turns,
      start,
      summary: readSummary(value['summary']),
      summaries: count('summaries', value['summaries']),
      summaryCost: readCost('summaryCost', value['summaryCost']),
      cost: readCost('cost', value['cost']),
      conversation: readMemory('conversation', value['conversation']),
      response: readMemory('response', value['response']),
      stale: asArray(value['stale']).flatMap((id) => asString(id) ?? []),
      retentionMs: asCount(value['retentionMs']),
    };
  },
};

const states: readonly string[] = ['pending', 'answered', 'cut', 'failed'] satisfies TurnState[];
const outcomes: readonly string[] = ['ok', 'empty', 'truncated', 'refused', 'cut'] satisfies ReplyOutcome[];

function readTurn(path: string, value: unknown): TurnRecord {
  const turn = object(path, value);
  const { state, outcome } = turn;
  if (!states.includes(state as string)) throw new Error(`\`${path}.state\` is no state of a turn`);
  if (outcome !== undefined && !outcomes.includes(outcome as string))
    throw new Error(`\`${path}.outcome\` is no outcome of a turn`);
  return {
    state: state as TurnState,
    user: readContent(`${path}.user`, turn['user']),
    askedMs: count(`${path}.askedMs`, turn['askedMs']),
    text: asText(turn['text']),
    answeredMs: asCount(turn['answeredMs']),
    outcome: outcome as ReplyOutcome | undefined,
    incompleteReason: asString(turn['incompleteReason']),
    model: asString(turn['model']),
    responseId: asString(turn['responseId']),
    isStored: turn['isStored'] === true ? true : undefined,
    traceparent: asString(turn['traceparent']),
    error: asString(turn['error']),
    cost: readCost(`${path}.cost`, turn['cost']),
  };
}

/** Parts are given back to the provider as they were given to us. */
function readContent(path: string, value: unknown): UserContent {
  if (typeof value === 'string') return value;
  for (const [at, part] of array(path, value).entries()) object(`${path}[${at}]`, part);
  return value as UserContent;
}

function readSummary(value: unknown): SummaryRecord | undefined {
  if (value === undefined) return undefined;
  const summary = object('summary', value);
  return {
    text: text('summary.text', summary['text']),
    atMs: count('summary.atMs', summary['atMs']),
    turns: count('summary.turns', summary['turns']),
  };
}

function readMemory(path: string, value: unknown): ProviderMemory | undefined {
  if (value === undefined) return undefined;
  const memory = object(path, value);
  return {
    id: text(`${path}.id`, memory['id']),
    synced: count(`${path}.synced`, memory['synced']),
    start: count(`${path}.start`, memory['start']),
    lastItemId: asString(memory['lastItemId']),
    isUncertain: memory['isUncertain'] === true ? true : undefined,
  };
}

function readCost(path: string, value: unknown): ConversationCost {
  const cost = object(path, value);
  const of = (name: string): number => count(`${path}.${name}`, cost[name]);
  const usd = cost['knownCostUsd'];
  if (typeof usd !== 'number' || !Number.isFinite(usd))
    throw new Error(`\`${path}.knownCostUsd\` is no number`);
  return costOf({
    calls: of('calls'),
    inputTokens: of('inputTokens'),
    cachedInputTokens: of('cachedInputTokens'),
    outputTokens: of('outputTokens'),
    reasoningTokens: of('reasoningTokens'),
    knownCostUsd: usd,
    uncountedCalls: of('uncountedCalls'),
    unpricedCalls: of('unpricedCalls'),
  });
}

function object(path: string, value: unknown): JsonObject {
  const found = asObject(value);
  if (!found) throw new Error(`\`${path}\` is no object`);
  return found;
}

function array(path: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`\`${path}\` is no array`);
  return asArray(value);
}

function count(path: string, value: unknown): number {
  const found = asCount(value);
  if (found === undefined) throw new Error(`\`${path}\` is no whole number`);
  return found;
}

function text(path: string, value: unknown): string {
  const found = asString(value);
  if (found === undefined) throw new Error(`\`${path}\` is no text`);
  return found;
}
