import { checkNumber, checkObject, checkString, invalidOption } from '../../check.ts';
import { Permit } from '../permit.ts';
import type { HeadersLike } from './rate-limit-headers.ts';

/** What a provider answered to a call, as far as it is known. */
export interface ProviderAnswer {
  /** The call's permit: it says whose call it was, and when it went. */
  readonly permit?: Permit;
  /** Where there is no permit: the model that was asked. */
  readonly model?: string;
  /** Where there is no permit. */
  readonly project?: string;
  /** Where there is no permit. */
  readonly user?: string;
  /** The answer's headers. @default those of `error` */
  readonly headers?: HeadersLike | undefined;
  /** The answer's HTTP status. @default that of `error` */
  readonly status?: number | undefined;
  /** What the client threw, or the body of an answer that is an error. */
  readonly error?: unknown;
  /**
   * When the request was sent, by `performance.now()` (or by the limiter's `clock`). Answers are told apart by it: one to
   * an earlier request does not undo what one to a later request said. @default when the permit was given, else now
   */
  readonly startedMs?: number;
}

/** An answer that was checked: what of it can be read safely. */
export interface CheckedAnswer {
  readonly answer: ProviderAnswer;
  readonly headers: HeadersLike | undefined;
  readonly status: number | undefined;
}

const known = [
  'permit',
  'model',
  'project',
  'user',
  'headers',
  'status',
  'error',
  'startedMs',
] as const satisfies readonly (keyof ProviderAnswer)[];

/** @throws TelltaleError `invalid_option` */
export function checkAnswer(answer: ProviderAnswer): CheckedAnswer {
  checkObject('answer', answer, known);
  const { permit, headers, status, startedMs, error } = answer;
  if (permit !== undefined && !(permit instanceof Permit))
    throw invalidOption('answer.permit', 'a permit', permit);
  for (const name of ['model', 'project', 'user'] as const) {
    if (answer[name] !== undefined) checkString(`answer.${name}`, answer[name]);
  }
  if (headers !== undefined && !hasGet(headers)) throw invalidOption('answer.headers', 'headers', headers);
  if (status !== undefined) checkNumber('answer.status', status, { integer: true });
  if (startedMs !== undefined) checkNumber('answer.startedMs', startedMs);
  const own = ofError(error);
  return { answer, headers: headers ?? own.headers, status: status ?? own.status };
}

function hasGet(value: unknown): value is HeadersLike {
  return typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function';
}

/** An error may be anything that was thrown: what cannot be read is not there. */
function ofError(error: unknown): { headers: HeadersLike | undefined; status: number | undefined } {
  try {
    const { headers, status } = (error ?? {}) as { readonly headers?: unknown; readonly status?: unknown };
    return {
      headers: hasGet(headers) ? headers : undefined,
      status: typeof status === 'number' ? status : undefined,
    };
  } catch {
    return { headers: undefined, status: undefined };
  }
}
