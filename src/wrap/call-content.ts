import type { Call, CallRequest } from '../call.ts';
import {
  type InputContent,
  inputContent,
  outputContent,
  type StreamedContent,
  streamedContent,
  writeContent,
  writeText,
} from '../content/content.ts';
import type { CallObserver, RecordedContent } from '../observer.ts';
import { withoutSecrets } from '../redact/redactor.ts';
import { type ContentSettings, reportContentFault } from './content-settings.ts';
import type { Core } from './core.ts';

/** What a call says, if somebody listens who has a use for it. */
export function contentOf(
  core: Core,
  settings: ContentSettings,
  request: CallRequest,
  listeners: readonly CallObserver[],
): CallContent | undefined {
  try {
    const interested = listeners.filter((listener) => listener.wantsContent);
    return interested.length === 0 ? undefined : new CallContent(core, settings, request, interested);
  } catch (fault) {
    core.report('An observer', fault);
    return undefined;
  }
}

/**
 * Gathers what is said in one call, and tells it right before the call's end. Whatever goes wrong here is reported
 * once, and then nothing is told of that call rather than a part.
 */
export class CallContent {
  readonly #core: Core;
  readonly #settings: ContentSettings;
  readonly #endpoint: CallRequest['endpoint'];
  readonly #listeners: readonly CallObserver[];
  #input: InputContent | undefined;
  #answer: Readonly<Record<string, unknown>> | undefined;
  #stream: StreamedContent | undefined;
  /** The keys that attempts of this call were sent with. */
  readonly #keys = new Set<string>();
  #failed = false;

  constructor(
    core: Core,
    settings: ContentSettings,
    request: CallRequest,
    listeners: readonly CallObserver[],
  ) {
    this.#core = core;
    this.#settings = settings;
    this.#endpoint = request.endpoint;
    this.#listeners = listeners;
    this.#try(() => {
      this.#input = inputContent(request);
    });
  }

  /** A request leaves with these headers. */
  sending(headers: Headers): void {
    for (const name of ['authorization', 'api-key']) {
      const value = headers.get(name);
      if (value) this.#keys.add(value.replace(/^\w{1,20} /, ''));
    }
  }

  /** A whole answer was read. */
  answered(value: Readonly<Record<string, unknown>>): void {
    this.#answer = value;
  }

  /** The answer is a stream; what an earlier one said does not count any more. */
  streamBegins(): void {
    this.#stream = streamedContent(this.#endpoint, this.#settings.mostBytes);
  }

  /** The data of one event of the stream, as UTF-8 bytes seen as Latin-1. */
  streamed(payload: string): void {
    if (!this.#stream || this.#failed) return;
    let event: unknown;
    try {
      event = JSON.parse(Buffer.from(payload, 'latin1').toString('utf8'));
    } catch {
      // The client fails on it too, and the call's outcome tells.
      return;
    }
    if (typeof event !== 'object' || event === null) return;
    this.#try(() => this.#stream?.event(event as Readonly<Record<string, unknown>>, payload.length));
  }

  /** Something went wrong on the way to here. */
  fail(fault: unknown): void {
    this.#failed = true;
    this.#stream = undefined;
    reportContentFault(this.#core.report, fault);
  }

  /** The call ends. `failure` is the provider's message inside of an answer. */
  tell(call: Call, failure: string | undefined): void {
    let content: RecordedContent | undefined;
    this.#try(() => {
      if (!this.#failed) content = this.#write(call, failure);
    });
    // A call is kept by some for longer than its content is of use.
    this.#input = undefined;
    this.#answer = undefined;
    this.#stream = undefined;
    this.#keys.clear();
    if (!content) return;
    for (const listener of this.#listeners) {
      try {
        listener.contentRecorded?.(call, content);
      } catch (fault) {
        this.#core.report('An observer', fault);
      }
    }
  }

  #write(call: Call, failure: string | undefined): RecordedContent | undefined {
    const input = this.#input;
    if (!input) return undefined;
    const { mode, mostBytes } = this.#settings;
    const redactor = withoutSecrets(this.#settings.redactor, this.#keys);
    const output = this.#answer
      ? outputContent(this.#endpoint, this.#answer)
      : (this.#stream?.messages() ?? []);
    const error = errorOf(call, failure);
    return {
      mode,
      ...writeContent(input, output, redactor, mostBytes),
      ...(error && {
        error: { name: error.name, message: writeText(error.message, redactor, mostBytes) },
      }),
    };
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (fault) {
      this.fail(fault);
    }
  }
}

/** Why the call failed, where it did. A caller who stops a call has no error to read about. */
function errorOf(call: Call, failure: string | undefined): { name: string; message: string } | undefined {
  if (call.outcome !== 'error') return undefined;
  const { error } = call;
  if (error instanceof Error) return { name: error.constructor.name, message: error.message };
  return failure === undefined ? undefined : { name: call.errorType ?? 'Error', message: failure };
}
