import type { AlertOptions } from './account/alerts/alert-options.ts';
import type { AuditOptions } from './account/audit/audit-options.ts';
import type { Budget } from './account/budget/budget.ts';
import type { BudgetStore } from './account/budget/store.ts';
import type { ModelPrice } from './account/prices.ts';
import type { Limit, LimitMode } from './admit/limit.ts';
import type { LimitPreset } from './admit/limit-presets.ts';
import type { Limiter } from './admit/limiter.ts';
import type { QueueOptions } from './admit/limiter-options.ts';
import type { SharedStore } from './admit/shared/store.ts';
import type { BreakerOptions } from './attempt/breaker/breaker-options.ts';
import type { FallbackOptions } from './attempt/fallback/fallback-options.ts';
import type { RetryOptions } from './attempt/retry-policy.ts';
import type { Clock } from './clock.ts';
import type { ExporterHealth } from './exporter-health.ts';
import type { CallLogger } from './observe/call-logger.ts';

/** Options of `observe`. Without any, the client behaves exactly as before and is only observed. */
export interface ObserveOptions {
  /**
   * Prices by model name in USD per million tokens (or per minute of audio), over the dated table that Telltale ships.
   * A model in neither has an unknown cost, which is never reported as 0; `stats().cost.unpricedModels` names it.
   * @default the table alone
   */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
  /**
   * What to do where a streamed chat did not ask for its usage. `'as-is'` sends the request as it is, so the
   * tokens are estimated and marked so. `'ask'` adds `stream_options.include_usage` to the request and hides the
   * extra chunk from the caller again; a provider that refuses the field is remembered.
   * @default 'as-is'
   */
  readonly streamUsage?: 'as-is' | 'ask';
  /**
   * A logger such as `pino()`, given one structured line for each call when it ends: what was asked, how it ended, after how
   * long and how many attempts, tokens, cost, and the names by which to find its trace and the provider's record of it. It
   * holds nothing of what was said, but for the message of an error where `content` is asked for, redacted as on the span.
   * One that throws is reported once and never reaches the call. (A registered OpenTelemetry provider of logs gets it too.)
   * @default no line is written
   *
   * @example
   * ```ts
   * import { pino } from 'pino';
   *
   * const openai = observe(new OpenAI(), { log: pino() });
   * ```
   */
  readonly log?: CallLogger;
  /**
   * Whether the call's span carries what was asked and answered: messages, instructions, tools and, of a call that failed,
   * the error's message; and the span of a tool that `runTools` runs, what that is given and gives. `'none'` leaves no
   * trace of any of it. `'redacted'` takes out API keys, tokens, passwords, e-mail addresses, and the numbers of telephones,
   * payment cards and bank accounts; it finds what has the form of these and cannot find a name or a street. `'full'` takes
   * out API keys only. Images, sound and files are never recorded, only their digest, size and media type.
   * @default 'none'
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), { content: 'redacted', redact: (text) => text.replaceAll(/AC-\d+/g, '[account]') });
   * ```
   */
  readonly content?: 'none' | 'redacted' | 'full';
  /**
   * The most bytes of each content attribute: input, output, instructions, tools, and what a tool is given and gives.
   * What is longer is cut, says how much was cut, and stays valid JSON, except for what a tool is given or gives that
   * is longer by more than 4 096 characters. Minimum: 1 024.
   * @default 32 768
   */
  readonly contentMaxBytes?: number;
  /**
   * Takes out of a text what only you know to be secret. It is given each text, and each name of a field, that is to
   * be recorded (of a very long one only the beginning), before Telltale's own rules see it, also with
   * `content: 'full'`. When it throws, or returns no text, the call goes on and its content is left out altogether;
   * that is said once. Not used with `content: 'none'`.
   */
  readonly redact?: (text: string) => string;
  /**
   * Limits that the calls of this client, and of clients made from it, keep together. Each attempt of a call at an
   * endpoint at which models work waits until every one of them has room; retries too. A call that cannot go is refused
   * with the client's own `RateLimitError`, whose `code` and `cause` say why.
   * @default no limits
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), {
   *   limits: [{ requests: 500, per: 'minute', burst: 10 }, { tokens: 200_000, per: 'minute' }],
   * });
   * ```
   */
  readonly limits?: readonly Limit[] | LimitPreset;
  /** How `limits` are held. @default 'strict' */
  readonly mode?: LimitMode;
  /** How many calls may wait for `limits`, and how long. @default at most 10,000, for as long as it takes */
  readonly queue?: QueueOptions;
  /** With `limits`: counts and tells what would have waited, and holds nobody. @default false */
  readonly shadow?: boolean;
  /**
   * With `limits` or `budget`: where they are held, for several processes that share them: `redisStore(client, { key })` of
   * `telltale/limiter`. @default in this process
   */
  readonly store?: SharedStore;
  /** A limiter of `createLimiter`, in place of `limits`: for several clients that share one. */
  readonly limiter?: Limiter;
  /**
   * How many tokens are reserved for a call: the larger of the most that it may answer and an estimate of what it asks,
   * as OpenAI counts, or the sum of both, so that no call uses more than was reserved for it (as far as the estimate is
   * right).
   * @default 'max'
   */
  readonly reserve?: 'max' | 'sum';
  /**
   * An exact tokenizer for prompts, given all text of one with line breaks between its parts. One that throws, or gives no
   * number, is told of once, and the estimate is used.
   * @default characters over 4, corrected by what the answers of the model told
   */
  readonly countTokens?: (text: string, model: string) => number;
  /**
   * A circuit breaker for each model at each endpoint where models work. It opens when the provider is ill: 5xx,
   * connections that fail or break, time-outs, and streams that it breaks off; never for a 429, for what the caller did wrong, or
   * for what the caller stopped. While it is open, a call is refused at once and nothing is sent: with the client's own
   * `InternalServerError`, whose status is 503, whose `code` is `breaker_open`, and whose cause says for how long. Then one
   * call after the other tries, and the breaker closes by steps. `{}` takes every default.
   * @default no breaker
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), { breaker: {} });
   * telltale(openai).on('breaker', ({ model, from, to, reason }) => console.warn(model, from, to, reason));
   * ```
   */
  readonly breaker?: BreakerOptions;
  /**
   * When a failed attempt is made again, how long is waited before, and what all retries together may cost the provider.
   * Tried again are 408, 409, 429, 5xx, broken connections, time-outs, and streams that fail before anything in them could
   * be seen: until then a stream is held back. Never tried again are a 429 for want of money (`insufficient_quota`) or
   * for the size of the request, and any other mistake of the request. `x-should-retry` is obeyed. The client's own
   * `maxRetries` is not used; a request's own may only make it fewer.
   *
   * The longest that a call waits between its attempts is `initialDelayMs` doubled up to `maxDelayMs`, summed over
   * `maxAttempts - 1` waits (`telltale(client).retries()` and `worstCaseWaitMs` tell it), and what the server asks for in
   * `retry-after` on top. A policy that waits longer than `deadlineMs` is refused.
   * @default openai's own rules, untouched
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), { retry: { maxAttempts: 5 }, deadlineMs: 30_000 });
   * ```
   */
  readonly retry?: RetryOptions;
  /**
   * The longest that a call may take: waits for limits and between attempts, the attempts, and the reading of the answer.
   * `callWith({ deadlineMs })` may make it shorter. A call that is over it fails with the client's own
   * `APIConnectionTimeoutError`, whose `cause` is a `TelltaleError` with the code `deadline_exceeded`; a wait that would end
   * after it is not begun. Milliseconds, at least 1.
   * @default no bound
   */
  readonly deadlineMs?: number;
  /**
   * The longest that a stream may send nothing while it is read. It then fails with `APIConnectionTimeoutError`, whose
   * `cause` has the code `stream_idle`; with `retry`, it is tried again where nothing could be seen of it yet.
   * Milliseconds, at least 1. @default no bound
   */
  readonly streamIdleMs?: number;
  /**
   * Whom to ask when a model cannot answer: because it is ill (5xx, connections, time-outs, after all retries; or its circuit
   * breaker is open), because it is throttled (429 after all retries, also for money; or a limit has no room in time), or
   * because it does not fit a budget. Never after what the caller did wrong, or stopped, and never once an answer has begun.
   * The same call goes on: `call.fallbacks` and the span say where, and the answer's own `model` says who spoke.
   * @default nobody
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), {
   *   fallback: { 'gpt-5': ['gpt-5-mini', { client: new AzureOpenAI(), model: 'gpt-5-eu' }] },
   * });
   * ```
   */
  readonly fallback?: FallbackOptions;
  /**
   * Budgets that the calls of this client, and of clients made from it, keep together. Before each attempt, the most that
   * it may cost is reserved; what it did cost takes that place. A call for which there is no room is refused with the
   * client's own `RateLimitError`, whose `code` and `cause` say why, before anything is sent.
   * @default no budget
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), { budget: { usd: 200, per: 'month', alertAt: [0.5, 0.8, 1] } });
   * ```
   */
  readonly budget?: Budget | readonly Budget[];
  /**
   * With `budget`: where it is kept, `fileBudgetStore(path)` to survive a restart or `redisBudgetStore(client, { key })`
   * for several processes. @default the Redis of `store`, where that is given; else this process
   */
  readonly budgetStore?: BudgetStore;
  /**
   * What the caller sees of a stream that ends without a finish, which the client takes for whole. `'report'` leaves it so; the
   * outcome of the call is `truncated`. `'error'` throws an `APIError` with the code `truncated` to who reads it, behind all
   * that came. @default 'report'
   */
  readonly onTruncated?: 'error' | 'report';
  /**
   * What the caller sees of an answer that was billed and shows nothing, because all that the model might write went into
   * reasoning. `'report'` leaves it so; the outcome of the call is `empty`. `'error'` throws an `APIError` with the code
   * `empty`, whose message says which parameter to raise. @default 'report'
   */
  readonly onEmpty?: 'error' | 'report';
  /**
   * Says when p95 of the duration of calls, the share that fails, their mean cost or the use of a limit is above a
   * threshold, once when that begins and once when it ends: to `onAlert`, `telltale(client).on('alert', …)`, the metric
   * `telltale.alert.firing` and the log. `{}` takes every default.
   * @default no alerts
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), { alerts: { p95Ms: 8_000, onAlert: ({ message }) => page(message) } });
   * ```
   */
  readonly alerts?: AlertOptions;
  /**
   * Counts usage and cost by user, tags (both by `callWith`), endpoint, model and UTC day, for `telltale(client).audit()`.
   * `{}` takes every default.
   * @default no audit
   *
   * @example
   * ```ts
   * const openai = observe(new OpenAI(), { audit: { store: fileAuditStore('./audit'), retentionDays: 90 } });
   * ```
   */
  readonly audit?: AuditOptions;
  /**
   * What knows how telemetry is sent, for the check `exporter` of `telltale(client).health()`: `watchExporters()` of
   * `telltale/node`, where the OpenTelemetry SDK is set up by yourself. Health is never `down` for it.
   * @default what `start()` of `telltale/node` has set up; where that does not run, the check is `unknown`
   *
   * @example
   * ```ts
   * const exporter = watchExporters();
   * const sdk = new NodeSDK({ traceExporter: exporter.watch('traces', new OTLPTraceExporter()) });
   * const openai = observe(new OpenAI(), { exporter });
   * ```
   */
  readonly exporter?: ExporterHealth;
  /** Tags of `callWith` that metrics of calls carry as `telltale.tag.NAME`: at most 5. Past 100 values of one, or 500 combinations, further ones are `_other`. @default none */
  readonly metricTags?: readonly string[];
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}
