// Tracing with version 3 of OpenTelemetry's SDK.
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

export function createTracing(exporter) {
  const spans = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter: spans })];
  if (exporter) spanProcessors.push(new BatchSpanProcessor({ exporter }));
  return { spans, provider: new TracerProvider({ spanProcessors }) };
}
