import { happeningsOf } from '../happenings.ts';
import type { BatchRecord, TokenUsage } from '../ledger.ts';
import { uniform } from '../seeded.ts';
import { type BatchError, type BatchInput, readBatch } from './batch-input.ts';
import { answerLine, crowdedOut, type LineResult, type LineSetting, unanswered } from './batch-lines.ts';
import { filesOf } from './file-store.ts';

/** A batch as the API shows it. */
export interface BatchObject {
  readonly id: string;
  readonly object: 'batch';
  readonly endpoint: string;
  readonly input_file_id: string;
  readonly completion_window: string;
  status: BatchRecord['status'];
  [field: string]: unknown;
}

/** Its lines are answered in at least so many steps, and at most so many of them in one, so that requests get their turn. */
const LEAST_STEPS = 20;
const MOST_LINES_A_STEP = 500;

/** What the mock keeps of the answers of one batch. */
const MOST_OUTPUT_BYTES = 256 * 1024 * 1024;

interface Need {
  /** The text of its input file; undefined where that is gone. */
  readonly input: () => string | undefined;
  readonly setting: LineSetting;
  readonly outputExpiresAfterSeconds: number | undefined;
  /** How many tokens the batches of this model hold that have not ended, without this one. */
  readonly enqueuedTokens: (model: string | null) => number;
}

/** The life of a batch, by the world's clock: it is checked, its lines are answered, and its files are made. */
export class BatchRun {
  readonly object: BatchObject;
  readonly record: { -readonly [Key in keyof BatchRecord]: BatchRecord[Key] } & { usage: TokenUsage };
  readonly #need: Need;
  readonly #results: LineResult[] = [];
  #input: BatchInput = { lines: [], model: null, tokens: 0, errors: [] };
  #outputBytes = 0;
  #deadlineMs = 0;
  #cancelTimer = () => {};
  #endJob = () => {};

  constructor(object: BatchObject, need: Need) {
    this.object = object;
    this.#need = need;
    const usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
    this.record = {
      id: object.id,
      model: null,
      status: object.status,
      lines: 0,
      completed: 0,
      failed: 0,
      usage,
    };
  }

  get hasEnded(): boolean {
    return ['failed', 'completed', 'expired', 'cancelled'].includes(this.object.status);
  }

  /** Of its prompts, while they wait. */
  get enqueued(): { readonly model: string | null; readonly tokens: number } {
    const { model, tokens } = this.#input;
    return { model, tokens: this.hasEnded ? 0 : tokens };
  }

  begin(): void {
    const { world } = this.#need.setting.request;
    this.#endJob = world.beginJob(this);
    this.#deadlineMs = world.clock.nowMs() + world.plan.batches.windowMs;
    this.#later(this.#drawn('validatingMs'), () => this.#validate());
  }

  /** Only one that is checked or runs can be cancelled. */
  cancel(): void {
    this.#cancelTimer();
    this.#enter('cancelling');
    this.#later(this.#drawn('finalizingMs'), () => this.#finish('cancelled', 'batch_cancelled'));
  }

  #validate(): void {
    const { input, enqueuedTokens, setting } = this.#need;
    const read = readBatch(input(), this.object.endpoint);
    const problem = this.#quotaProblem(read, enqueuedTokens(read.model), setting);
    const errors = problem ? [problem] : read.errors;
    if (errors.length > 0) {
      this.object['errors'] = { object: 'list', data: errors };
      this.#end('failed');
      return;
    }
    this.#input = read;
    this.object['model'] = read.model;
    this.record.model = read.model;
    this.record.lines = read.lines.length;
    this.#enter('in_progress');
    const steps = Math.max(LEAST_STEPS, Math.ceil(read.lines.length / MOST_LINES_A_STEP));
    this.#step(1, steps, this.#drawn('runningMs') / steps);
  }

  #quotaProblem(read: BatchInput, enqueued: number, setting: LineSetting): BatchError | undefined {
    const limit = setting.request.world.plan.batches.enqueuedTokens;
    if (limit === undefined || read.errors.length > 0 || enqueued + read.tokens <= limit) return undefined;
    const message =
      `Enqueued token limit reached for ${read.model ?? 'default'} in organization org-telltale-mock. ` +
      `Limit: ${limit.toLocaleString('en-US')} enqueued tokens. ` +
      'Please try again once some in_progress batches have been completed.';
    return { code: 'token_limit_exceeded', message, param: null, line: null };
  }

  /** Waits for the step of this number, and answers the lines that are due then. */
  #step(step: number, steps: number, stepMs: number): void {
    const { clock } = this.#need.setting.request.world;
    // Its time may be over already, as after a check that took long.
    const leftMs = Math.max(0, this.#deadlineMs - clock.nowMs());
    if (leftMs <= stepMs) this.#later(leftMs, () => this.#finish('expired', 'batch_expired'));
    else this.#later(stepMs, () => this.#answer(step, steps, stepMs));
  }

  #answer(step: number, steps: number, stepMs: number): void {
    const { lines } = this.#input;
    const due = lines.slice(this.#results.length, Math.ceil((lines.length * step) / steps));
    const proceed = (results: readonly LineResult[]) => {
      for (const result of results) this.#note(result);
      if (this.object.status !== 'in_progress') return;
      if (step < steps) return this.#step(step + 1, steps, stepMs);
      this.#enter('finalizing');
      this.#later(this.#drawn('finalizingMs'), () => this.#finish('completed', undefined));
    };
    const full = this.#outputBytes > MOST_OUTPUT_BYTES;
    const { setting } = this.#need;
    const results = due.map((line) => (full ? crowdedOut(line, setting) : answerLine(line, setting)));
    if (results.every((result) => !(result instanceof Promise))) proceed(results as LineResult[]);
    else void Promise.all(results).then(proceed);
  }

  #note(result: LineResult): void {
    // The end may have come while the answers were waited for.
    if (this.hasEnded) return;
    this.#results.push(result);
    this.#outputBytes += result.text.length;
    if (result.ok) this.record.completed++;
    else this.record.failed++;
    const { usage } = this.record;
    usage.inputTokens += result.usage?.inputTokens ?? 0;
    usage.cachedTokens += result.usage?.cachedTokens ?? 0;
    usage.outputTokens += result.usage?.outputTokens ?? 0;
    usage.reasoningTokens += result.usage?.reasoningTokens ?? 0;
    this.#count();
  }

  #count(): void {
    const { lines: total, completed, failed } = this.record;
    this.object['request_counts'] = { total, completed, failed };
  }

  #finish(
    status: 'completed' | 'expired' | 'cancelled',
    code: 'batch_expired' | 'batch_cancelled' | undefined,
  ): void {
    const rest = this.#input.lines.slice(this.#results.length);
    if (code) for (const line of rest) this.#note(unanswered(line, this.#need.setting, code));
    this.object['output_file_id'] = this.#fileOf(true, 'output');
    this.object['error_file_id'] = this.#fileOf(false, 'error');
    this.#results.length = 0;
    const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = this.record.usage;
    this.object['usage'] = {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: cachedTokens },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: reasoningTokens },
      total_tokens: inputTokens + outputTokens,
    };
    this.#end(status);
  }

  #fileOf(ok: boolean, kind: 'output' | 'error'): string | undefined {
    const texts = this.#results.filter((result) => result.ok === ok).map(({ text }) => `${text}\n`);
    if (texts.length === 0) return undefined;
    const files = filesOf(this.#need.setting.request.world);
    const file = files.make({
      bytes: Buffer.from(texts.join('')),
      filename: `${this.object.id}_${kind}.jsonl`,
      purpose: 'batch_output',
      expiresAfterSeconds: this.#need.outputExpiresAfterSeconds,
    });
    files.keep(file);
    return file.object.id;
  }

  #end(status: 'failed' | 'completed' | 'expired' | 'cancelled'): void {
    this.#enter(status);
    this.#input = { ...this.#input, lines: [] };
    const { world } = this.#need.setting.request;
    this.#endJob();
    happeningsOf(world).tell({ type: `batch.${status}`, data: { id: this.object.id } });
  }

  #enter(status: BatchRecord['status']): void {
    const { clock } = this.#need.setting.request.world;
    this.object.status = status;
    this.record.status = status;
    this.object[`${status}_at`] = Math.floor(clock.epochMs() / 1_000);
    this.#count();
  }

  #later(delayMs: number, task: () => void): void {
    this.#cancelTimer = this.#need.setting.request.world.later(delayMs, task);
  }

  #drawn(key: 'validatingMs' | 'runningMs' | 'finalizingMs'): number {
    const { world } = this.#need.setting.request;
    return world.plan.batches[key] * (0.5 + uniform(world.seed, `${key} ${this.object.id}`));
  }
}
