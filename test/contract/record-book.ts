import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { registerMetrics } from '../observe/support.ts';
import { SpanBook } from './span-book.ts';

/** All that leaves a process besides its answers: spans, metrics, warnings, what is printed and what is logged. */
export class RecordBook {
  readonly spans = new SpanBook();
  readonly said: string[] = [];
  readonly #metrics = registerMetrics();
  readonly #undo: (() => void)[] = [];

  constructor() {
    const warned = (warning: Error): void => void this.said.push(String(warning.stack));
    process.on('warning', warned);
    this.#undo.push(() => process.off('warning', warned));
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      const original = console[name];
      console[name] = (...args: unknown[]) => void this.said.push(args.map(String).join(' '));
      this.#undo.push(() => {
        console[name] = original;
      });
    }
    const log = (...args: unknown[]): void => void this.said.push(args.map(String).join(' '));
    const logger: DiagLogger = { error: log, warn: log, info: log, debug: log, verbose: log };
    diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
    this.#undo.push(() => diag.disable());
  }

  clear(): void {
    this.spans.clear();
    this.said.length = 0;
  }

  /** Everything as text. */
  async text(): Promise<string> {
    // Warnings are told on the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    const spans = [...this.spans.started, ...this.spans.ended].map((span) =>
      JSON.stringify([
        span.name,
        span.attributes,
        span.events,
        span.links,
        span.status,
        span.resource.attributes,
        span.instrumentationScope,
      ]),
    );
    return [...spans, JSON.stringify(await this.#metrics.points()), ...this.said].join('\n');
  }

  async close(): Promise<void> {
    for (const undo of this.#undo) undo();
    await this.#metrics.stop();
    await this.spans.close();
  }
}
