import type { Answer, Body, StreamAnswer } from '../answer.ts';
import { missing, refuse, serverErrorBody } from '../error-bodies.ts';
import { lookUp, textOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { tokensOfText } from '../usage.ts';
import { fieldsOf, fileOf } from './form-fields.ts';

const endpoint = 'images';

export const imageRoutes: readonly Route[] = [
  {
    endpoint,
    method: 'POST',
    path: '/images/generations',
    answer: (request) => draw(request, 'image_generation'),
  },
  {
    endpoint,
    method: 'POST',
    path: '/images/edits',
    takes: 'form',
    answer: (request) => draw(request, 'image_edit'),
  },
  { endpoint, method: 'POST', path: '/images/variations', takes: 'form', answer: vary },
];

/** A PNG of one pixel. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const MOST_IMAGES = 10;
const MOST_PARTIAL_IMAGES = 3;

/** What a picture costs, by its quality; a partial picture costs as much again as the API says. */
const tokensOfQuality: Readonly<Record<string, number>> = { low: 272, medium: 1_056, high: 4_160 };
const TOKENS_OF_PARTIAL = 100;

function draw(request: ApiRequest, kind: 'image_generation' | 'image_edit'): Answer {
  const { body, form } = request;
  const fields = form ? fieldsOf(form) : body;
  if (textOf(fields['prompt']) === undefined) return missing('prompt');
  if (kind === 'image_edit' && !fileOf(form, 'image')) return missing('image');
  const count = Number(fields['n'] ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > MOST_IMAGES) {
    return refuse(400, `Invalid 'n': expected an integer from 1 to ${MOST_IMAGES}.`, 'n');
  }
  const partial = Number(fields['partial_images'] ?? 0);
  if (!Number.isInteger(partial) || partial < 0 || partial > MOST_PARTIAL_IMAGES) {
    return refuse(
      400,
      `Invalid 'partial_images': expected an integer from 0 to ${MOST_PARTIAL_IMAGES}.`,
      'partial_images',
    );
  }
  return String(fields['stream']) === 'true'
    ? streamed(request, fields, { kind, partial })
    : whole(request, fields, count);
}

function vary(request: ApiRequest): Answer {
  if (!fileOf(request.form, 'image')) return missing('image');
  const fields = request.form ? fieldsOf(request.form) : {};
  return whole(request, { ...fields, model: 'dall-e-2' }, Number(fields['n'] ?? 1));
}

/** The older models give addresses unless asked otherwise, and have no usage. */
function whole(request: ApiRequest, fields: Body, count: number): Answer {
  const { ask } = request;
  const isOld = String(fields['model'] ?? '').startsWith('dall-e');
  const givesAddress = isOld && fields['response_format'] !== 'b64_json';
  const address = (index: number) => `https://images.example/${encodeURIComponent(ask.callId)}/${index}.png`;
  const data = Array.from({ length: count }, (_, index) =>
    givesAddress ? { url: address(index) } : { b64_json: png },
  );
  const usage = isOld ? undefined : usageOf(fields, count, 0);
  const created = nowSeconds(request);
  return {
    kind: 'whole',
    body: JSON.stringify(isOld ? { created, data } : { created, ...lookOf(fields), data, usage }),
    tokens: 0,
    usage: usage ? ledgerUsage(usage) : null,
    finishReason: null,
  };
}

interface Drawing {
  readonly kind: 'image_generation' | 'image_edit';
  readonly partial: number;
}

function streamed(request: ApiRequest, fields: Body, { kind, partial }: Drawing): StreamAnswer {
  const usage = usageOf(fields, 1, partial);
  const common = { b64_json: png, ...lookOf(fields), created_at: nowSeconds(request) };
  const event = (type: string, rest: object) =>
    `event: ${kind}.${type}\ndata: ${JSON.stringify({ type: `${kind}.${type}`, ...common, ...rest })}\n\n`;
  return {
    kind: 'stream',
    opening: { text: '', count: 0 },
    tokens: partial,
    tokenEvent: (index) => event('partial_image', { partial_image_index: index }),
    outputTokensAfter: (pieces) => TOKENS_OF_PARTIAL * pieces,
    errorEvent: () => `event: error\ndata: ${serverErrorBody(500)}\n\n`,
    closing: { text: event('completed', { usage }), count: 1 },
    usage: ledgerUsage(usage),
    tellsUsage: true,
    finishReason: 'stop',
  };
}

function lookOf(fields: Body) {
  const known = (name: string, otherwise: string) =>
    fields[name] === undefined || fields[name] === 'auto' ? otherwise : fields[name];
  return {
    background: known('background', 'opaque'),
    output_format: known('output_format', 'png'),
    quality: known('quality', 'medium'),
    size: known('size', '1024x1024'),
  };
}

function usageOf(fields: Body, count: number, partial: number) {
  const textTokens = tokensOfText(String(fields['prompt'] ?? '').length);
  const imageTokens = lookUp(tokensOfQuality, lookOf(fields).quality) ?? 1_056;
  const outputTokens = imageTokens * count + TOKENS_OF_PARTIAL * partial;
  return {
    input_tokens: textTokens,
    input_tokens_details: { text_tokens: textTokens, image_tokens: 0 },
    output_tokens: outputTokens,
    total_tokens: textTokens + outputTokens,
  };
}

function ledgerUsage({ input_tokens, output_tokens }: ReturnType<typeof usageOf>) {
  return { inputTokens: input_tokens, cachedTokens: 0, outputTokens: output_tokens, reasoningTokens: 0 };
}

function nowSeconds({ ask }: ApiRequest): number {
  return Math.floor(ask.clock.epochMs() / 1_000);
}
