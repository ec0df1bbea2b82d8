import type { TelltaleError } from '../../errors.ts';
import { beginSpan, type WorkSpan } from '../../index.ts';
import { attr, patternInstruments } from '../../pattern-metrics.ts';
import type { Finding, GuardFailure, GuardStage, ModerationReport } from './answer.ts';
import type { Content } from './content.ts';
import type { Moderator } from './moderator.ts';
import { type GuardedRequest, type GuardSettings, isChat } from './options.ts';
import { flagged, unavailable } from './refusals.ts';

interface Times {
  spentMs: number;
  addedMs: number;
}

/** What moderation has to say of one request, as it comes; and the span around that request. */
export class Inspection {
  readonly span: WorkSpan;
  readonly #settings: GuardSettings;
  readonly #moderator: Moderator;
  readonly #request: GuardedRequest;
  readonly #tell: (finding: Finding, request: GuardedRequest) => void;
  readonly #findings = new Map<string, Finding>();
  readonly #failures: GuardFailure[] = [];
  readonly #times = new Map<GuardStage, Times>();

  constructor(
    settings: GuardSettings,
    moderator: Moderator,
    request: GuardedRequest,
    tell: (finding: Finding, request: GuardedRequest) => void,
  ) {
    this.#settings = settings;
    this.#moderator = moderator;
    this.#request = request;
    this.#tell = tell;
    const name = isChat(request) ? 'guarded chat' : 'guarded response';
    this.span = beginSpan(name, { attributes: { [attr.moderationMode]: settings.mode } });
  }

  get report(): ModerationReport {
    const { input, output } = { input: this.#times.get('input'), output: this.#times.get('output') };
    return {
      findings: [...this.#findings.values()],
      failures: [...this.#failures],
      moderation: {
        inputMs: input?.spentMs ?? 0,
        outputMs: output?.spentMs ?? 0,
        addedMs: (input?.addedMs ?? 0) + (output?.addedMs ?? 0),
      },
    };
  }

  /**
   * @param waits says from when on the caller waits for this alone; undefined as long as it does not
   * @returns the error with which the request is to be refused
   * @throws what the client throws when `signal` aborts, and nothing else
   */
  async check(
    stage: GuardStage,
    content: Content,
    {
      signal,
      waits,
      costUsd,
    }: { signal?: AbortSignal | undefined; waits?: () => number | undefined; costUsd?: number | undefined },
  ): Promise<TelltaleError | undefined> {
    const { clock, isClosed, mode } = this.#settings;
    const startedMs = clock.nowMs();
    const { matches, failure } = await this.span.within(() => this.#moderator.ask(content, signal));
    const endedMs = clock.nowMs();
    const times = this.#times.get(stage) ?? { spentMs: 0, addedMs: 0 };
    this.#times.set(stage, times);
    times.spentMs += endedMs - startedMs;
    const waitsFromMs = waits?.();
    if (waitsFromMs !== undefined) times.addedMs += Math.max(0, endedMs - Math.max(startedMs, waitsFromMs));
    for (const match of matches) this.#found({ stage, ...match });
    if (failure !== undefined) this.#failed({ stage, error: failure });
    if (mode === 'after') return undefined;
    const refused = matches.filter(({ action }) => action === 'refuse').map(({ category }) => category);
    if (refused.length > 0) return flagged(stage, refused, costUsd);
    return failure !== undefined && isClosed ? unavailable(stage, failure, costUsd) : undefined;
  }

  /** Ends it, with the error that its caller gets. */
  end(error?: unknown): void {
    const { mode } = this.#settings;
    const { findings, moderation } = this.report;
    for (const [stage, { addedMs }] of this.#times)
      patternInstruments()?.moderated(addedMs / 1_000, { stage, mode });
    this.span.setAttributes({
      [attr.moderationAddedMs]: moderation.addedMs,
      ...(findings.length > 0 && {
        [attr.moderationCategories]: [...new Set(findings.map(({ category }) => category))],
      }),
    });
    this.span.end(error);
  }

  /** A category is told of once for each stage, however many windows it is in. */
  #found(finding: Finding): void {
    const key = `${finding.stage} ${finding.category}`;
    const before = this.#findings.get(key);
    if (!before || finding.score > before.score) this.#findings.set(key, finding);
    if (before) return;
    const { stage, category } = finding;
    const action = this.#settings.mode === 'after' ? 'report' : finding.action;
    patternInstruments()?.flagged({ stage, category, action });
    this.#tell(finding, this.#request);
  }

  #failed(failure: GuardFailure): void {
    this.#failures.push(failure);
    const action = this.#settings.isClosed ? 'refuse' : 'allow';
    patternInstruments()?.moderationFailed({ stage: failure.stage, action });
  }
}
