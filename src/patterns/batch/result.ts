import { asCount, asObject, asString, type JsonObject } from '../../json.ts';
import { isPassing } from './patience.ts';

/** What an endpoint answered. */
export interface BatchResponse {
  readonly status: number;
  readonly requestId?: string;
  readonly body: unknown;
}

/** Why a request in a batch has no answer. */
export interface BatchRequestError {
  /**
   * The provider's, as `batch_expired` or `invalid_request_error`; `batch_cancelled` of one that was not answered; or
   * `result_missing` where the provider gave none.
   */
  readonly code: string;
  readonly message: string;
}

/** What became of a request, once that is final. */
export type BatchResult =
  | {
      readonly customId: string;
      /** In how many batches it was. */
      readonly attempts: number;
      readonly response: BatchResponse;
      readonly error?: undefined;
    }
  | {
      readonly customId: string;
      readonly attempts: number;
      /** If the endpoint answered. */
      readonly response?: BatchResponse;
      readonly error: BatchRequestError;
    };

/** A line of an output or error file. */
export interface ResultLine {
  readonly customId: string;
  readonly response?: BatchResponse;
  readonly error?: BatchRequestError;
  /** Whether the same request may succeed in another batch. */
  readonly mayPass: boolean;
}

/** @returns undefined for a line that says no result */
export function readResultLine(text: string): ResultLine | undefined {
  const line = parsed(text);
  const customId = asString(line?.['custom_id']);
  if (!line || customId === undefined) return undefined;
  const response = responseIn(line);
  const error = asObject(line['error']);
  if (error) return failedLine(customId, response, error);
  if (!response) return undefined;
  if (response.status >= 200 && response.status < 300) return { customId, response, mayPass: false };
  return failedLine(customId, response, asObject(asObject(response.body)?.['error']) ?? {});
}

function parsed(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function responseIn(line: JsonObject): BatchResponse | undefined {
  const response = asObject(line['response']);
  const status = asCount(response?.['status_code']);
  if (!response || status === undefined) return undefined;
  const requestId = asString(response['request_id']);
  return { status, ...(requestId !== undefined && { requestId }), body: response['body'] };
}

function failedLine(customId: string, response: BatchResponse | undefined, error: JsonObject): ResultLine {
  const named = asString(error['code']) ?? asString(error['type']);
  const code = named ?? (response ? `http_${response.status}` : 'unknown');
  const message = asString(error['message']) ?? 'The provider did not say why.';
  const mayPass = response ? isPassing(response.status, code) : code !== 'batch_cancelled';
  return { customId, ...(response && { response }), error: { code, message }, mayPass };
}

export const cancelledError: BatchRequestError = {
  code: 'batch_cancelled',
  message: 'This request was not sent, because the batch was cancelled.',
};

export const goneError: BatchRequestError = {
  code: 'result_missing',
  message: 'The output file of the batch is gone at the provider, and this answer with it.',
};

export const missingError: BatchRequestError = {
  code: 'result_missing',
  message: 'The batch ended without a result for this request.',
};
