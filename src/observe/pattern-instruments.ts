import {
  type Counter,
  createNoopMeter,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api';
import { scope } from './scope.ts';
import { attr, metric, secondsBuckets } from './semconv.ts';

export type ModerationStage = 'input' | 'output';

/** What the patterns record. No id, text or user is ever an attribute. */
export interface PatternInstruments {
  /** What moderating added to the time of a request, and how it was done. */
  moderated(seconds: number, of: { readonly stage: ModerationStage; readonly mode: string }): void;
  /** One category that moderation found, and what its policy did: `refuse` or `report`. */
  flagged(of: { readonly stage: ModerationStage; readonly category: string; readonly action: string }): void;
  /** Moderation could not be asked; `action` is what was chosen for that: `refuse` or `allow`. */
  moderationFailed(of: { readonly stage: ModerationStage; readonly action: string }): void;
  /** A background job ended; `toldBy` is `poll`, `webhook` or `stream`. */
  jobEnded(seconds: number, of: { readonly state: string; readonly toldBy: string }): void;
  /** Requests of a batch came back: `succeeded`, `failed` or `retried`. */
  batchRequests(count: number, of: { readonly result: string }): void;
  /** A turn of a conversation ended. */
  turnEnded(of: { readonly outcome: string }): void;
  /** What fell out of a conversation was summarised. */
  summarised(): void;
}

let provider: MeterProvider | undefined;
let instruments: PatternInstruments | undefined;

/** Those of the meter provider that is registered now; undefined while nobody listens. */
export function patternInstruments(): PatternInstruments | undefined {
  const registered = metrics.getMeterProvider();
  if (registered === provider) return instruments;
  provider = registered;
  const meter = registered.getMeter(scope.name, scope.version);
  instruments = meter === createNoopMeter() ? undefined : createInstruments(meter);
  return instruments;
}

function createInstruments(meter: Meter): PatternInstruments {
  const seconds = (name: string, description: string, boundaries: readonly number[]): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: [...boundaries] },
    });
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { description, unit });
  const moderation = seconds(
    metric.moderationDuration,
    'Time that moderation added to a request',
    secondsBuckets,
  );
  const flagged = counter(metric.moderationFlagged, '{category}', 'Categories that moderation found');
  const failures = counter(
    metric.moderationFailures,
    '{request}',
    'Requests for which moderation could not be asked',
  );
  const jobs = counter(metric.jobs, '{job}', 'Background jobs that ended');
  const jobDuration = seconds(
    metric.jobDuration,
    'From the start of a background job to its known end',
    jobBuckets,
  );
  const batchRequests = counter(
    metric.batchRequests,
    '{request}',
    'Requests of batches by what became of them',
  );
  const turns = counter(metric.conversationTurns, '{turn}', 'Turns of conversations that ended');
  const summaries = counter(
    metric.conversationSummaries,
    '{summary}',
    'Summaries of what fell out of conversations',
  );
  return {
    moderated: (value, { stage, mode }) =>
      moderation.record(value, { [attr.moderationStage]: stage, [attr.moderationMode]: mode }),
    flagged: ({ stage, category, action }) =>
      flagged.add(1, {
        [attr.moderationStage]: stage,
        [attr.moderationCategory]: category,
        [attr.moderationAction]: action,
      }),
    moderationFailed: ({ stage, action }) =>
      failures.add(1, { [attr.moderationStage]: stage, [attr.moderationAction]: action }),
    jobEnded: (value, { state, toldBy }) => {
      const attributes = { [attr.jobState]: state, [attr.jobToldBy]: toldBy };
      jobs.add(1, attributes);
      jobDuration.record(value, attributes);
    },
    batchRequests: (count, { result }) => batchRequests.add(count, { [attr.batchRequestResult]: result }),
    turnEnded: ({ outcome }) => turns.add(1, { [attr.outcome]: outcome }),
    summarised: () => summaries.add(1),
  };
}

/** Jobs take seconds to hours. */
const jobBuckets = [1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240];
