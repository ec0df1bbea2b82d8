import type { WorkSpan } from '../../index.ts';
import type { ConversationRecord, TurnRecord } from './conversation-record.ts';
import type { ConversationNotice } from './reply.ts';
import { CostMeter, type HeldRecord, type Session } from './session.ts';
import { type ConversationCost, nothingSpent } from './spent.ts';

/** One turn on its way, which is the last one of the record. */
export class TurnRun {
  readonly session: Session;
  readonly held: HeldRecord;
  readonly span: WorkSpan;
  readonly signal: AbortSignal | undefined;
  readonly onPiece: ((piece: string) => void) | undefined;
  /** What the calls of the answer used, those that came to nothing too. */
  readonly meter = new CostMeter();
  readonly notices: ConversationNotice[] = [];
  summarised: { readonly turns: number; readonly cost: ConversationCost } | undefined;

  constructor(session: Session, held: HeldRecord, span: WorkSpan, { signal, onPiece }: TurnOptions) {
    this.session = session;
    this.held = held;
    this.span = span;
    this.signal = signal;
    this.onPiece = onPiece;
  }

  get record(): ConversationRecord {
    return this.held.record;
  }

  get turn(): TurnRecord {
    const last = this.record.turns.at(-1);
    if (!last) throw new Error('A turn is run before it is written.');
    return last;
  }

  /** Makes calls as a part of the turn. */
  calling<T>(work: () => T, meter: CostMeter = this.meter): T {
    return this.span.within(() => this.session.metered(meter, work));
  }

  notice(kind: ConversationNotice['kind'], message: string): void {
    this.notices.push({ kind, message });
    this.span.addEvent(`conversation ${kind}`);
  }

  /** Writes what is new of the turn, and of the record with it. */
  async write(turn: Partial<TurnRecord>, change: Partial<ConversationRecord> = {}): Promise<void> {
    const turns = [...this.record.turns.slice(0, -1), { ...this.turn, ...turn }];
    await this.held.write({ ...change, turns });
  }
}

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onPiece?: (piece: string) => void;
}

export function newTurn(
  user: TurnRecord['user'],
  askedMs: number,
  traceparent: string | undefined,
): TurnRecord {
  return { state: 'pending', user, askedMs, traceparent, cost: nothingSpent };
}
