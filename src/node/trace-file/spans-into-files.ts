import type { Clock } from '../../clock.ts';
import type { ExportRecord } from '../export-record.ts';
import type { TraceFileSettings } from './file-settings.ts';
import { exporterInto, type FileSpanExporter } from './file-span-exporter.ts';
import { TraceFiles } from './trace-files.ts';

/** An exporter whose writes are remembered. It waits for more spans itself, so it needs no queue in front. */
export function spansIntoFiles(
  settings: TraceFileSettings,
  record: ExportRecord,
  clock: Clock,
  warn: (message: string) => void,
): FileSpanExporter {
  const files = new TraceFiles({
    ...settings,
    clock,
    warn,
    written(spans, isOk) {
      record.begin([])(isOk);
      if (!isOk) record.drop(spans);
    },
  });
  return exporterInto(files);
}
