import { modelMatcher } from '../model-pattern.ts';
import { Gate } from './gate.ts';
import type { CheckedLimit, LimitMode } from './limit.ts';
import { Meter } from './meter.ts';
import { QuotaGroup } from './quota-group.ts';

/** Whose call it is, and of which model. */
export interface Subject {
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly user?: string | undefined;
}

/** So many callers are known before those that hold nothing are let go: users and models are user input. */
const fewestToPrune = 1_000;

/** Every meter, and which calls it holds. Projects and users come and go: what holds nothing any more is forgotten. */
export class QuotaBook {
  readonly #limits: readonly CheckedLimit[];
  readonly #mode: LimitMode;
  readonly #matchers: readonly ((model: string | undefined) => boolean)[];
  readonly #byProject: boolean;
  readonly #byUser: boolean;
  /** Every limit is for all calls: they are of one group, whatever their model. */
  readonly #isOne: boolean;
  #all: QuotaGroup | undefined;
  readonly #meters = new Map<string, Meter>();
  /** By the limits that hold the same models, whoever's calls they are. There are no more than kinds of models. */
  readonly #gates = new Map<string, Gate>();
  /** By the meters in them. */
  readonly #groups = new Map<string, QuotaGroup>();
  /** By model, project and user, for finding them fast. */
  readonly #found = new Map<string, QuotaGroup>();
  #pruneAt = fewestToPrune;

  constructor(limits: readonly CheckedLimit[], mode: LimitMode) {
    this.#limits = limits;
    this.#mode = mode;
    this.#matchers = limits.map(({ models }) => modelMatcher(models));
    this.#byProject = limits.some(({ scope }) => scope === 'project');
    this.#byUser = limits.some(({ scope }) => scope === 'user');
    this.#isOne = limits.every(({ scope, models }) => scope === 'organization' && !models);
  }

  groupOf(subject: Subject, nowMs: number): QuotaGroup {
    if (this.#isOne) {
      this.#all ??= this.#makeGroup(subject, nowMs);
      return this.#all;
    }
    const { model = '' } = subject;
    let key = model;
    // With the lengths in front, no name can be taken for parts of others.
    if (this.#byProject) key = joined(subject.project ?? '', key);
    if (this.#byUser) key = joined(subject.user ?? '', key);
    const found = this.#found.get(key);
    if (found) return found;
    if (this.#found.size >= this.#pruneAt) this.#prune(nowMs);
    const group = this.#makeGroup(subject, nowMs);
    this.#found.set(key, group);
    return group;
  }

  /** Every meter there is. */
  get meters(): Iterable<Meter> {
    // A limit that nobody has met yet is there too.
    for (const limit of this.#limits) if (limit.scope === 'organization') this.#meter(limit, '', 0);
    return this.#meters.values();
  }

  /** How many callers can be found without looking at the limits. */
  get remembered(): number {
    return this.#found.size;
  }

  /** Permits of all groups that are neither settled nor released. */
  get inFlight(): number {
    let count = 0;
    for (const { inFlight } of this.groups) count += inFlight;
    return count;
  }

  get groups(): Iterable<QuotaGroup> {
    return this.#groups.values();
  }

  #makeGroup(subject: Subject, nowMs: number): QuotaGroup {
    const keys: string[] = [];
    const indices: number[] = [];
    const meters: Meter[] = [];
    for (const [index, limit] of this.#limits.entries()) {
      if (!this.#matchers[index]?.(subject.model)) continue;
      const { scope } = limit;
      const owner = scope === 'organization' ? '' : (subject[scope] ?? '');
      indices.push(index);
      keys.push(joined(owner, String(index)));
      meters.push(this.#meter(limit, owner, nowMs));
    }
    const key = keys.join();
    const known = this.#groups.get(key);
    if (known) return known;
    const group = new QuotaGroup(meters, this.#gate(indices.join(' ')));
    this.#groups.set(key, group);
    return group;
  }

  #gate(key: string): Gate {
    const known = this.#gates.get(key);
    if (known) return known;
    const gate = new Gate();
    this.#gates.set(key, gate);
    return gate;
  }

  #meter(limit: CheckedLimit, owner: string, nowMs: number): Meter {
    const key = joined(limit.name, owner);
    const known = this.#meters.get(key);
    if (known) return known;
    const meter = new Meter(limit, this.#mode, nowMs, owner);
    this.#meters.set(key, meter);
    return meter;
  }

  /** What a call takes is in the meters, so a group that nobody waits in and no permit is of can be made again. */
  #prune(nowMs: number): void {
    const used = new Set<Meter>();
    for (const [key, group] of this.#groups) {
      if (group.waiting === 0 && group.inFlight === 0 && group.closedUntilMs <= nowMs)
        this.#groups.delete(key);
      else for (const meter of group.meters) used.add(meter);
    }
    this.#found.clear();
    for (const [key, meter] of this.#meters)
      if (meter.limit.scope !== 'organization' && !used.has(meter) && meter.isUntouched(nowMs))
        this.#meters.delete(key);
    this.#pruneAt = Math.max(fewestToPrune, this.#groups.size + this.#meters.size);
  }
}

function joined(name: string, rest: string): string {
  return `${name.length} ${name}${rest}`;
}
