import { writeToolText } from '../content/content.ts';
import { withoutSecrets } from '../redact/redactor.ts';
import type { RecordedToolContent, WriteToolContent } from '../tool-tracer.ts';
import { type ContentSettings, reportContentFault } from './content-settings.ts';
import type { FaultReporter } from './core.ts';

/**
 * Takes over what a tool is given, and writes it down with what the tool returned when it has. Whatever goes wrong is
 * reported once, and then nothing is told of that tool's run rather than a part.
 *
 * @param keys API keys of the client, which are taken out whatever their form
 */
export function takeToolContent(
  settings: ContentSettings,
  report: FaultReporter,
  args: unknown,
  keys: () => readonly string[],
): WriteToolContent {
  const asked = attempt(() => textOf(args), report);
  return function writeToolContent(returned) {
    if (!asked) return undefined;
    return attempt(() => {
      const redactor = withoutSecrets(settings.redactor, keys());
      let cutBytes = 0;
      const write = (text: string | undefined): string | undefined => {
        if (text === undefined) return undefined;
        const written = writeToolText(text, redactor, settings.mostBytes);
        cutBytes += written.cutBytes;
        return written.text;
      };
      const toldArguments = write(asked.value);
      const result = write(textOf(returned?.value));
      const content: RecordedToolContent = {
        mode: settings.mode,
        ...(toldArguments !== undefined && { arguments: toldArguments }),
        ...(result !== undefined && { result }),
        cutBytes,
      };
      return content;
    }, report)?.value;
  };
}

/** As the client tells it to the model: a text as it is, anything else as JSON. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function attempt<T>(work: () => T, report: FaultReporter): { readonly value: T } | undefined {
  try {
    return { value: work() };
  } catch (fault) {
    reportContentFault(report, fault);
    return undefined;
  }
}
