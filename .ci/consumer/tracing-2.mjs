// Tracing with version 2 of OpenTelemetry's SDK.
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export function createTracing(exporter) {
  const spans = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(spans)];
  if (exporter) spanProcessors.push(new BatchSpanProcessor(exporter));
  return { spans, provider: new BasicTracerProvider({ spanProcessors }) };
}
