import { factsIn } from '../../floor/book.ts';
import { installed } from '../install.ts';
import { type Listener, listeningSink } from '../listened.ts';
import type { Wrapper } from '../wrapper.ts';

interface Span {
  setAttributes(attributes: object): void;
  end(): void;
}

interface SpanJson {
  readonly name: string;
  readonly status?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Sentry {
  init(options: object): void;
  flush(timeoutMs: number): Promise<boolean>;
  getClient(): { on(event: 'spanStart' | 'spanEnd', hear: (span: Span) => void): void };
  startInactiveSpan(options: { name: string; attributes: object }): Span;
  spanToJSON(span: Span): SpanJson;
}

/** Sentry's SDK makes spans of its own; a transport that drops takes the batches that it would send. */
export const sentry: Wrapper = {
  name: 'sentry',
  packageName: '@sentry/node',
  openai: 'openai',
  openTelemetry: false,
  setUp: ({ loadOpenAI, clientOptions }) => {
    const sdk = installed<Sentry>('@sentry/node');
    sdk.init({
      dsn: 'http://public@127.0.0.1:1/1',
      tracesSampleRate: 1,
      transport: () => ({ send: async () => ({}), flush: async () => true }),
    });
    const listener: Listener<{ at: 'start' | 'end'; span: SpanJson }> = { heard: undefined };
    for (const at of ['start', 'end'] as const) {
      sdk.getClient().on(at === 'start' ? 'spanStart' : 'spanEnd', (span) => {
        listener.heard?.({ at, span: sdk.spanToJSON(span) });
      });
    }
    const sink = listeningSink(listener, {
      drain: async () => {
        await sdk.flush(5_000);
      },
      count: (messages) => ({ spans: messages.filter(({ at }) => at === 'end').length }),
      facts: (messages) =>
        messages.filter(({ at }) => at === 'end').flatMap(({ span }) => factsIn('span', span)),
      replay: (messages) => {
        const [started, ended] = ['start', 'end'].map((wanted) =>
          messages.filter(({ at }) => at === wanted).map(({ span }) => span),
        );
        const [start, end] = [started?.[0], ended?.[0]];
        if (!start || !end || ended?.length !== 1) throw new Error('Its floor knows one span a call.');
        const later = Object.fromEntries(
          Object.entries(end.attributes).filter(([key]) => !(key in start.attributes)),
        );
        return () => {
          const span = sdk.startInactiveSpan({ name: start.name, attributes: start.attributes });
          span.setAttributes(later);
          span.end();
        };
      },
    });
    // Sentry changes the package as it is loaded.
    return { sink, openai: new (loadOpenAI().OpenAI)(clientOptions) };
  },
};
