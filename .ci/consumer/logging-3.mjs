// Logs with version 3 of OpenTelemetry's SDK, whose API is a part of `@opentelemetry/api`.
import { logs } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';

export function registerLogging() {
  const records = new InMemoryLogRecordExporter();
  const processor = new SimpleLogRecordProcessor({ exporter: records });
  logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [processor] }));
  return records;
}
