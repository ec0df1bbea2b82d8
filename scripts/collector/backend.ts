import { type OtlpReceiver, startOtlpReceiver } from '../../loadtest/otlp/receiver.ts';
import { readSpans, type SpanRecord } from '../../loadtest/otlp/spans.ts';
import { freePorts } from '../shared/free-ports.ts';

/** Plays Jaeger: takes OTLP in JSON at an address that stays the same while it is down and up again. */
export class Backend {
  readonly #port: number;
  readonly #spans = new Map<string, SpanRecord>();
  readonly #bodies: string[] = [];
  #receiver: OtlpReceiver | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async make(): Promise<Backend> {
    const [port = 0] = await freePorts(1);
    return new Backend(port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<void> {
    this.#receiver ??= await startOtlpReceiver({
      port: this.#port,
      take: (signal, body, json) => {
        if (signal !== 'traces') return;
        this.#bodies.push(json);
        for (const span of readSpans(body)) this.#spans.set(`${span.traceId} ${span.spanId}`, span);
      },
    });
  }

  async down(): Promise<void> {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    await receiver?.close();
  }

  /** What arrived, each span once: a queue that survives sends some of it twice. */
  get spans(): readonly SpanRecord[] {
    return [...this.#spans.values()];
  }

  /** All that arrived, as text. */
  get text(): string {
    return this.#bodies.join('\n');
  }
}
