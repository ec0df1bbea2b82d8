import type { CheckedLimit, LimitMode } from './limit.ts';
import { Meter } from './meter.ts';
import { QuotaGroup } from './quota-group.ts';

/** Whose call it is, and of which model. */
export interface Subject {
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly user?: string | undefined;
}

/** So many groups are kept before those that hold nothing are let go: users and models are user input. */
const fewestToPrune = 1_000;

/** Every meter, and which calls it holds. Projects and users come and go: what holds nothing any more is forgotten. */
export class QuotaBook {
  readonly #limits: readonly CheckedLimit[];
  readonly #mode: LimitMode;
  readonly #matchers: readonly ((model: string | undefined) => boolean)[];
  readonly #byProject: boolean;
  readonly #byUser: boolean;
  readonly #meters = new Map<string, Meter>();
  /** By the meters in them. */
  readonly #groups = new Map<string, QuotaGroup>();
  /** By model, project and user, for finding them fast. */
  readonly #found = new Map<string, QuotaGroup>();
  #pruneAt = fewestToPrune;

  constructor(limits: readonly CheckedLimit[], mode: LimitMode) {
    this.#limits = limits;
    this.#mode = mode;
    this.#matchers = limits.map(({ models }) => matcher(models));
    this.#byProject = limits.some(({ scope }) => scope === 'project');
    this.#byUser = limits.some(({ scope }) => scope === 'user');
  }

  groupOf(subject: Subject, nowMs: number): QuotaGroup {
    const { model = '' } = subject;
    const key =
      this.#byProject || this.#byUser
        ? `${model}\n${this.#byProject ? (subject.project ?? '') : ''}\n${this.#byUser ? (subject.user ?? '') : ''}`
        : model;
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

  get groups(): Iterable<QuotaGroup> {
    return this.#groups.values();
  }

  #makeGroup(subject: Subject, nowMs: number): QuotaGroup {
    const keys: string[] = [];
    const meters: Meter[] = [];
    for (const [index, limit] of this.#limits.entries()) {
      if (!this.#matchers[index]?.(subject.model)) continue;
      const { scope } = limit;
      const owner = scope === 'organization' ? '' : (subject[scope] ?? '');
      keys.push(`${index} ${owner}`);
      meters.push(this.#meter(limit, owner, nowMs));
    }
    const key = keys.join('\n');
    const known = this.#groups.get(key);
    if (known) return known;
    const group = new QuotaGroup(meters);
    this.#groups.set(key, group);
    return group;
  }

  #meter(limit: CheckedLimit, owner: string, nowMs: number): Meter {
    const key = `${limit.name}\n${owner}`;
    const known = this.#meters.get(key);
    if (known) return known;
    const meter = new Meter(limit, this.#mode, nowMs, owner);
    this.#meters.set(key, meter);
    return meter;
  }

  #prune(nowMs: number): void {
    const isIdle = (group: QuotaGroup): boolean =>
      group.waiting === 0 &&
      group.inFlight === 0 &&
      group.closedUntilMs <= nowMs &&
      group.meters.every((meter) => meter.limit.scope === 'organization' || meter.used(nowMs) <= 0);
    const used = new Set<Meter>();
    for (const [key, group] of this.#groups) {
      if (isIdle(group)) this.#groups.delete(key);
      else for (const meter of group.meters) used.add(meter);
    }
    const kept = new Set(this.#groups.values());
    for (const [key, group] of this.#found) if (!kept.has(group)) this.#found.delete(key);
    for (const [key, meter] of this.#meters)
      if (meter.limit.scope !== 'organization' && !used.has(meter)) this.#meters.delete(key);
    this.#pruneAt = Math.max(fewestToPrune, 2 * this.#found.size);
  }
}

function matcher(models: readonly string[] | undefined): (model: string | undefined) => boolean {
  if (!models) return () => true;
  const pattern = models.map((model) => model.split('*').map(escaped).join('.*')).join('|');
  const expression = new RegExp(`^(?:${pattern})$`, 's');
  return (model) => model !== undefined && expression.test(model);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
