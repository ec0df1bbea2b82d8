import type OpenAI from 'openai';
import { factsIn } from '../../floor/book.ts';
import { installed } from '../install.ts';
import { type Listener, listeningSink } from '../listened.ts';
import type { Wrapper } from '../wrapper.ts';

interface Row {
  readonly span_attributes: { readonly name: string; readonly type: string };
  readonly input: unknown;
  readonly output: unknown;
  readonly metadata: unknown;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Span {
  log(event: object): void;
  end(): void;
}

interface Braintrust {
  initLogger(options: object): { startSpan(options: object): Span };
  wrapOpenAI(openai: OpenAI): OpenAI;
  readonly _exportsForTestingOnly: {
    simulateLoginForTests(): Promise<unknown>;
    useTestBackgroundLogger(): { drain(): Promise<readonly Row[]> };
  };
}

/** Its spans are rows that a logger gathers, works out and merges; its logger for tests does that and sends nothing. */
export const braintrust: Wrapper = {
  name: 'braintrust',
  packageName: 'braintrust',
  openai: 'openai',
  openTelemetry: false,
  setUp: async ({ loadOpenAI, clientOptions }) => {
    const sdk = installed<Braintrust>('braintrust');
    await sdk._exportsForTestingOnly.simulateLoginForTests();
    const rows = sdk._exportsForTestingOnly.useTestBackgroundLogger();
    const logger = sdk.initLogger({ projectName: 'bench', projectId: 'bench' });
    const listener: Listener<Row> = { heard: undefined };
    const sink = listeningSink(listener, {
      drain: async () => {
        for (const row of await rows.drain()) listener.heard?.(row);
      },
      count: (merged) => ({ spans: merged.length }),
      facts: (merged) => merged.flatMap((row) => factsIn('row', row)),
      replay: (merged) => {
        const parts = merged.map(({ span_attributes: { name, type }, metrics: all, ...row }) => {
          // Its SDK gives the times itself.
          const { start: _start, end: _end, ...metrics } = all;
          return {
            start: { name, type, event: { input: row.input, metadata: row.metadata } },
            log: { output: row.output, metrics },
          };
        });
        return () => {
          for (const { start, log } of parts) {
            const span = logger.startSpan(start);
            span.log(log);
            span.end();
          }
        };
      },
    });
    return { sink, openai: sdk.wrapOpenAI(new (loadOpenAI().OpenAI)(clientOptions)) };
  },
};
