import { startSdk } from '../sdk.ts';
import { type Sink, settled } from './book.ts';
import { InstrumentTap } from './instruments.ts';
import { replayOf } from './replay.ts';
import { countsOf, factsOf, type Step } from './steps.ts';
import { LogTap, SpanTap } from './taps.ts';

/** Registers the same SDK as Telltale's own bench has, and listens to it when asked to. */
export function openTelemetrySink(): Sink {
  let spans: SpanTap | undefined;
  const records = new LogTap();
  startSdk({
    spans: (batches) => {
      spans = new SpanTap(batches);
      return spans;
    },
    logs: records,
  });
  const instruments = new InstrumentTap();

  async function drain(): Promise<void> {
    await spans?.forceFlush();
    await records.forceFlush();
  }

  async function record(work: () => Promise<void>) {
    const steps: Step[] = [];
    const listen = (step: Step) => steps.push(step);
    const stop = instruments.listen((instrument, value, attributes) =>
      listen({ does: 'measure', instrument, value, attributes }),
    );
    if (spans) spans.listener = listen;
    records.listener = listen;
    try {
      await work();
      await settled();
    } finally {
      stop();
      if (spans) spans.listener = undefined;
      records.listener = undefined;
    }
    await drain();
    return { counts: countsOf(steps), facts: factsOf(steps), replay: replayOf(steps) };
  }

  return { drain, record };
}
