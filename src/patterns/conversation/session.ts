import { type Call, callWith } from '../../index.ts';
import { type ReadRecord, Records } from '../store/records.ts';
import { type ConversationRecord, conversationKind } from './conversation-record.ts';
import type { Settings } from './settings.ts';
import { addCosts, type ConversationCost, costOfCall, nothingSpent } from './spent.ts';

/** A record that nobody else works on meanwhile. */
export class HeldRecord {
  record: ConversationRecord;
  readonly #session: Session;
  /** Of what is stored; null where nothing is. */
  revision: string | null;

  constructor(session: Session, record: ConversationRecord, revision: string | null) {
    this.#session = session;
    this.record = record;
    this.revision = revision;
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
    this.revision = await records.write(id, this.record, this.revision);
    this.#session.latest = this.record;
  }
}

/** One conversation as one application sees it. */
export class Session {
  readonly settings: Settings;
  readonly records: Records<ConversationRecord>;
  /** As this process has seen it last; undefined as long as nothing was said. */
  latest: ConversationRecord | undefined;
  /** What the store did not take, and what it would have replaced there. */
  #unwritten: { readonly record: ConversationRecord; readonly revision: string | null } | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.records = new Records(settings.store, conversationKind);
  }

  async read(): Promise<void> {
    this.latest = this.#known(await this.records.read(this.settings.id));
  }

  /** Does `work` while nobody else takes a turn, with what others have said since. */
  async held<T>(signal: AbortSignal | undefined, work: (held: HeldRecord) => Promise<T>): Promise<T> {
    const { id, waitMs } = this.settings;
    const hold = await this.records.hold(id, { signal, waitMs });
    try {
      const stored = await this.records.read(id);
      this.latest = this.#known(stored);
      const held = new HeldRecord(this, this.latest ?? this.#empty(), stored?.revision ?? null);
      if (this.latest !== stored?.value) await held.write({});
      this.#unwritten = undefined;
      return await work(held);
    } finally {
      await hold.release();
    }
  }

  /** What the store did not take is known here, and written before anything else is. */
  keepUnwritten({ record, revision }: HeldRecord): void {
    this.#unwritten = { record, revision };
    this.latest = record;
  }

  /** What was stored, or what was to replace just that. */
  #known(stored: ReadRecord<ConversationRecord> | undefined): ConversationRecord | undefined {
    const unwritten = this.#unwritten;
    return unwritten && stored && unwritten.revision === stored.revision ? unwritten.record : stored?.value;
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
