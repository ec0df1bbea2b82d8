import type { ModerationCategory } from './categories.ts';

/** Whether what was asked or what was answered was moderated. */
export type GuardStage = 'input' | 'output';

/** One category that moderation found in the input or the output, and what the policy has for it. */
export interface Finding {
  readonly stage: GuardStage;
  /** `other` where the provider found what has no name here. */
  readonly category: ModerationCategory | 'other';
  /** From 0 to 1; of several texts, the highest. */
  readonly score: number;
  /** In mode `after`, `refuse` means that any other mode would have refused. */
  readonly action: 'refuse' | 'report';
}

/** Something could not be moderated, and was let through or refused as `onFailure` says. */
export interface GuardFailure {
  readonly stage: GuardStage;
  readonly error: unknown;
}

/** What moderating took, in milliseconds. */
export interface ModerationTimes {
  readonly inputMs: number;
  readonly outputMs: number;
  /** How much longer the caller waited for the whole answer because of it. */
  readonly addedMs: number;
}

/** All that moderation had to say of one request. */
export interface ModerationReport {
  readonly findings: readonly Finding[];
  /** What could not be moderated and was let through. */
  readonly failures: readonly GuardFailure[];
  readonly moderation: ModerationTimes;
}

/** An answer that was let through. In mode `after` its findings, failures and times are those of `moderated`, which come later. */
export interface GuardedAnswer<R> extends ModerationReport {
  /** What the client gave. */
  readonly response: R;
  /** Of a response, all of its text; of a chat completion, that of its first choice. Empty where there is none. */
  readonly text: string;
  /** What generating it cost; moderation is free. Undefined where nobody knows. */
  readonly costUsd: number | undefined;
  /** When moderation is done: at once, except in mode `after`. Never rejects. */
  readonly moderated: Promise<ModerationReport>;
}
