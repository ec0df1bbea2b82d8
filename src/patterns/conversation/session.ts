import { type Call, callWith } from '../../index.ts';
import { Records } from '../store/records.ts';
import { type ConversationRecord, conversationKind } from './conversation-record.ts';
import type { Settings } from './settings.ts';
import { addCosts, type ConversationCost, costOfCall, nothingSpent } from './spent.ts';

/** A record that nobody else works on meanwhile. */
export class HeldRecord {
  record: ConversationRecord;
  readonly #session: Session;
  #revision: string | null;

  constructor(session: Session, record: ConversationRecord, revision: string | null) {
    this.#session = session;
    this.record = record;
    this.#revision = revision;
  }

  /** Every step of a turn is written before the next one is taken. */
  async write(change: Partial<ConversationRecord>): Promise<void> {
    const { settings, records } = this.#session;
    const { retentionMs, clock, id } = settings;
    this.record = {
      ...this.record,
      ...change,
      changedMs: clock.epochMs(),
      ...(retentionMs !== undefined && { retentionMs }),
    };
    this.#revision = await records.write(id, this.record, this.#revision);
    this.#session.latest = this.record;
  }
}

/** One conversation as one application sees it. */
export class Session {
  readonly settings: Settings;
  readonly records: Records<ConversationRecord>;
  /** As this process has seen it last; undefined as long as nothing was said. */
  latest: ConversationRecord | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.records = new Records(settings.store, conversationKind);
  }

  async read(): Promise<void> {
    this.latest = (await this.records.read(this.settings.id))?.value;
  }

  /** Does `work` while nobody else takes a turn, with what others have said since. */
  async held<T>(signal: AbortSignal | undefined, work: (held: HeldRecord) => Promise<T>): Promise<T> {
    const { id, waitMs } = this.settings;
    const hold = await this.records.hold(id, { signal, waitMs });
    try {
      const stored = await this.records.read(id);
      this.latest = stored?.value;
      return await work(new HeldRecord(this, stored?.value ?? this.#empty(), stored?.revision ?? null));
    } finally {
      await hold.release();
    }
  }

  /** Does `work` with its calls in the conversation; what they used is added up in the meter. */
  metered<T>(meter: CostMeter, work: () => T): T {
    const { id, user, tags } = this.settings;
    return callWith(
      {
        conversation: id,
        ...(user !== undefined && { user }),
        ...(tags && { tags }),
        onCall: (call) => meter.add(call),
      },
      work,
    );
  }

  #empty(): ConversationRecord {
    const nowMs = this.settings.clock.epochMs();
    return {
      createdMs: nowMs,
      changedMs: nowMs,
      model: this.settings.model,
      turns: [],
      start: 0,
      summaries: 0,
      summaryCost: nothingSpent,
      cost: nothingSpent,
    };
  }
}

/** Adds up what some calls used. */
export class CostMeter {
  cost: ConversationCost = nothingSpent;
  /** Of the last call of a model. */
  usage: Call['usage'] = { source: 'unknown' };

  add(call: Readonly<Call>): void {
    this.cost = addCosts(this.cost, costOfCall(call));
    if (call.request.endpoint === 'responses') this.usage = call.usage;
  }
}
