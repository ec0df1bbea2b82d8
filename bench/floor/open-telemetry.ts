import { type Sink, settled } from './book.ts';
import { InstrumentTap } from './instruments.ts';
import { replayOf } from './replay.ts';
import { batchesToNowhere, startSdk } from './sdk.ts';
import { countsOf, factsOf, type Step } from './steps.ts';
import { LogTap, SpanTap } from './taps.ts';

/** Registers an SDK, and listens to it when asked to. */
export function openTelemetrySink(): Sink & { readonly shutdown: () => Promise<void> } {
  const spans = new SpanTap(batchesToNowhere());
  const logs = new LogTap();
  const sdk = startSdk(spans, logs);
  const instruments = new InstrumentTap();

  async function drain(): Promise<void> {
    await spans.forceFlush();
    await logs.forceFlush();
  }

  async function record(work: () => Promise<void>) {
    const steps: Step[] = [];
    // What calls before this one have left.
    await sdk.readMetrics();
    const listen = (step: Step) => steps.push(step);
    const stop = instruments.listen((instrument, value, attributes) =>
      listen({ does: 'measure', instrument, value, attributes }),
    );
    spans.listener = listen;
    logs.listener = listen;
    try {
      await work();
      await settled();
      // Some wrappers hand over what they recorded only when metrics are read.
      await sdk.readMetrics();
    } finally {
      stop();
      spans.listener = undefined;
      logs.listener = undefined;
    }
    await drain();
    return { counts: countsOf(steps), facts: factsOf(steps), replay: replayOf(steps) };
  }

  return { drain, record, shutdown: () => sdk.shutdown() };
}
