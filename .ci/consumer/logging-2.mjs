// Logs with version 2 of OpenTelemetry's SDK, whose API is a package of its own.
import { logs } from '@opentelemetry/api-logs';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';

export function registerLogging() {
  const records = new InMemoryLogRecordExporter();
  const processor = new SimpleLogRecordProcessor({ exporter: records });
  logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [processor] }));
  return records;
}
