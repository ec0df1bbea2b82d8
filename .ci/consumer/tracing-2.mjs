// Tracing with version 2 of OpenTelemetry's SDK.
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export function createTracing() {
  const spans = new InMemorySpanExporter();
  return { spans, provider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }) };
}
