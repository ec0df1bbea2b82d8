// Tracing with version 3 of OpenTelemetry's SDK.
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

export function createTracing() {
  const spans = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter: spans });
  return { spans, provider: new TracerProvider({ spanProcessors: [processor] }) };
}
