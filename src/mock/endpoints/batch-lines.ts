import type { Answer } from '../answer.ts';
import { errorBody, mockFailed, refuse, serverErrorBody } from '../error-bodies.ts';
import type { TokenUsage } from '../ledger.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal, uniform } from '../seeded.ts';
import type { BatchLine } from './batch-input.ts';

/** What became of a line, as the files of the batch say it. */
export interface LineResult {
  readonly text: string;
  /** Whether it belongs into the output file rather than that of errors. */
  readonly ok: boolean;
  readonly usage: Readonly<TokenUsage> | null;
}

/** What lines are answered with. */
export interface LineSetting {
  readonly batchId: string;
  readonly route: Route;
  /** Of the batch, which the requests of its lines are made from. */
  readonly request: ApiRequest;
}

function notInBatches(param: 'stream' | 'background') {
  return refuse(400, `'${param}' is not supported in the Batch API.`, param, 'unsupported_parameter');
}

/**
 * Answers a line as its endpoint would answer it outside of the batch, but for what the provider would remember of it: nothing
 * is stored. Its call id is that of the batch and its own.
 */
export function answerLine(line: BatchLine, setting: LineSetting): LineResult | Promise<LineResult> {
  const { request, route } = setting;
  const callId = callIdOf(line, setting);
  if (uniform(request.world.seed, `batch failure ${callId}`) < request.world.plan.batches.failureRate) {
    return written(line, setting, { status: 500, body: serverErrorBody(500) });
  }
  for (const param of ['stream', 'background'] as const)
    if (line.body[param] === true) return written(line, setting, notInBatches(param));
  const asked: ApiRequest = {
    ...request,
    body: line.body,
    params: {},
    query: new URLSearchParams(),
    raw: Buffer.alloc(0),
    ask: { ...request.ask, callId, attempt: 0 },
  };
  // What a function of the user's throws, a script or a tokenizer, is that line's answer.
  try {
    const answer = route.answer(asked);
    if (!(answer instanceof Promise)) return resultOf(line, setting, answer);
    return answer.catch(mockFailed).then((later) => resultOf(line, setting, later));
  } catch (error) {
    return resultOf(line, setting, mockFailed(error));
  }
}

/** Of a line that was not answered before its batch ended. */
export function unanswered(
  line: BatchLine,
  setting: LineSetting,
  code: 'batch_expired' | 'batch_cancelled',
): LineResult {
  const message =
    code === 'batch_expired'
      ? 'This request could not be executed before the completion window expired.'
      : 'This request could not be executed before the batch was cancelled.';
  const head = { id: idOf(line, setting), custom_id: line.customId, response: null };
  return { text: JSON.stringify({ ...head, error: { code, message } }), ok: false, usage: null };
}

/** Of a line whose answer the mock has no room for. */
export function crowdedOut(line: BatchLine, setting: LineSetting): LineResult {
  const body = errorBody({ message: 'This mock keeps no more output of one batch.', type: 'server_error' });
  return written(line, setting, { status: 500, body });
}

function resultOf(line: BatchLine, setting: LineSetting, answer: Answer): LineResult {
  // Nothing of its effect comes about, so what it holds for that is free again.
  if (answer.kind !== 'refusal') answer.effect?.end?.();
  if (answer.kind !== 'whole')
    return written(line, setting, answer.kind === 'stream' ? notInBatches('stream') : answer);
  return written(line, setting, { status: answer.status ?? 200, body: answer.body, usage: answer.usage });
}

interface Written {
  readonly status: number;
  /** JSON. */
  readonly body: string | Buffer;
  readonly usage?: Readonly<TokenUsage> | null;
}

function written(line: BatchLine, setting: LineSetting, { status, body, usage = null }: Written): LineResult {
  const requestId = hexadecimal(setting.request.world.seed, `batch request ${callIdOf(line, setting)}`, 32);
  const head = JSON.stringify({ id: idOf(line, setting), custom_id: line.customId }).slice(0, -1);
  const response = `{"status_code":${status},"request_id":"${requestId}","body":${body}}`;
  return { text: `${head},"response":${response},"error":null}`, ok: status < 300, usage };
}

function callIdOf({ customId }: BatchLine, { batchId }: LineSetting): string {
  return `${batchId}/${customId}`;
}

function idOf(line: BatchLine, setting: LineSetting): string {
  return `batch_req_${hexadecimal(setting.request.world.seed, `batch line ${callIdOf(line, setting)}`, 32)}`;
}
