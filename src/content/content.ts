import type { CallRequest } from '../call.ts';
import { asArray, asObject, asText, type JsonObject } from '../json.ts';
import type { RecordedContent } from '../observer.ts';
import type { Redactor } from '../redact/redactor.ts';
import { chatInput } from './chat-input.ts';
import { chatOutput, finishReason } from './chat-output.ts';
import { ChatStream } from './chat-stream.ts';
import { cutText, fitValue } from './fit.ts';
import { fitList, type ListForm } from './fit-list.ts';
import { type Message, meaningOf, message, type Part, textPart } from './parts.ts';
import { redactText, redactValue, safetyCharacters } from './redact-item.ts';
import { responsesInput, responsesInstructions, responsesOutput } from './responses.ts';
import { ResponsesStream } from './responses-stream.ts';
import { type ToolDefinition, toolDefinitions } from './tools.ts';

/** What was asked, as the conventions' messages. */
export interface InputContent {
  readonly messages: readonly Message[];
  readonly instructions: readonly Part[];
  readonly tools: readonly ToolDefinition[];
}

const nothing: InputContent = { messages: [], instructions: [], tools: [] };

/**
 * What a request says. Texts are taken over as they are, so this costs little; nothing of it changes when the
 * application later changes its own objects.
 */
export function inputContent({ endpoint, body }: CallRequest): InputContent {
  if (!body) return nothing;
  switch (endpoint) {
    case 'chat':
      return { messages: chatInput(body), instructions: [], tools: toolDefinitions(body) };
    case 'responses':
      return {
        messages: responsesInput(body),
        instructions: responsesInstructions(body),
        tools: toolDefinitions(body),
      };
    case 'embeddings':
    case 'moderations':
      return { messages: textsInput(body['input']), instructions: [], tools: [] };
    case 'completions':
    case 'images':
      return { messages: textsInput(body['prompt']), instructions: [], tools: [] };
    case 'audio':
      return { messages: textsInput(body['input'] ?? body['prompt']), instructions: [], tools: [] };
    case 'compaction':
    case 'decisions':
    case 'fetch_response':
    case 'other':
      return nothing;
  }
}

/** Texts alone are one message with a part each. Of token numbers only their count is known without a tokenizer. */
function textsInput(input: unknown): Message[] {
  const inputs =
    typeof input === 'string' || asArray(input).every(Number.isInteger) ? [input] : asArray(input);
  const parts = inputs.flatMap((one): Part[] => {
    const text = asText(one);
    if (text !== undefined) return [textPart(text)];
    return asArray(one).length === 0 ? [] : [{ type: 'token_ids', count: asArray(one).length }];
  });
  return parts.length === 0 ? [] : [message('user', parts)];
}

/** What a whole answer says. */
export function outputContent(endpoint: CallRequest['endpoint'], value: JsonObject): Message[] {
  if (endpoint === 'chat') return chatOutput(value);
  if (endpoint === 'completions') return completionOutput(value);
  // A transcription. Speech and pictures are no text, and are not recorded.
  if (endpoint === 'audio') return textOutput(value['text'], 'stop');
  return endpoint === 'responses' || endpoint === 'fetch_response' ? responsesOutput(value) : [];
}

function completionOutput(value: JsonObject): Message[] {
  return asArray(value['choices']).flatMap((entry) => {
    const choice = asObject(entry);
    return textOutput(choice?.['text'], finishReason(choice?.['finish_reason']));
  });
}

function textOutput(value: unknown, finish_reason: string): Message[] {
  const text = asText(value);
  return text === undefined ? [] : [{ role: 'assistant', parts: [textPart(text)], finish_reason }];
}

/** Puts together what a streamed answer says; `messages` may be asked at any time. */
export interface StreamedContent {
  /** `bytes` is about how long the event is. @throws RangeError where there is more to keep than any answer has */
  event(event: JsonObject, bytes: number): void;
  messages(): readonly Message[];
}

/** Undefined for an endpoint whose streams say nothing that is known here. */
export function streamedContent(
  endpoint: CallRequest['endpoint'],
  mostBytes: number,
): StreamedContent | undefined {
  const mostCharacters = mostBytes + safetyCharacters;
  if (endpoint === 'chat') return new ChatStream(mostCharacters);
  const isResponse = endpoint === 'responses' || endpoint === 'fetch_response';
  return isResponse ? new ResponsesStream(mostCharacters) : undefined;
}

/** The content of a call, as it is recorded: JSON, redacted, none longer than allowed. What is empty is left out. */
export type WrittenContent = Omit<RecordedContent, 'mode' | 'error'>;

/** @throws what the redactor throws */
export function writeContent(
  input: InputContent,
  output: readonly Message[],
  redactor: Redactor,
  mostBytes: number,
): WrittenContent {
  let cutBytes = 0;
  const write = (
    items: readonly unknown[],
    form: Pick<ListForm, 'keeps' | 'gap' | 'outline'>,
  ): string | undefined => {
    if (items.length === 0) return undefined;
    const fitted = fitList(items, { ...form, redactor, mostBytes });
    cutBytes += fitted.cutBytes;
    return fitted.json;
  };
  const inputMessages = write(input.messages, messageForm);
  const outputMessages = write(output, outputForm);
  const systemInstructions = write(input.instructions, partForm);
  const toolDefinitions = write(input.tools, toolForm);
  return {
    ...(inputMessages !== undefined && { inputMessages }),
    ...(outputMessages !== undefined && { outputMessages }),
    ...(systemInstructions !== undefined && { systemInstructions }),
    ...(toolDefinitions !== undefined && { toolDefinitions }),
    cutBytes,
  };
}

/** One text, redacted and cut in the same way. @throws what the redactor throws */
export function writeText(text: string, redactor: Redactor, mostBytes: number): string {
  return cutText(redactText(text, redactor, mostBytes), mostBytes).text;
}

/**
 * What a tool is given or gives back. JSON is written anew and stays JSON, unless it is far too long: then, like any
 * other text, it is looked through and written only as far as there is room.
 *
 * @throws what the redactor throws
 */
export function writeToolText(
  text: string,
  redactor: Redactor,
  mostBytes: number,
): { readonly text: string; readonly cutBytes: number } {
  const value = text.length > mostBytes + safetyCharacters ? text : meaningOf(text);
  if (typeof value === 'string') return cutText(redactText(value, redactor, mostBytes), mostBytes);
  const fitted = fitValue(redactValue(value, redactor, mostBytes), mostBytes);
  if (fitted) return { text: fitted.json, cutBytes: fitted.cutBytes };
  const bytes = Buffer.byteLength(text);
  return { text: JSON.stringify(cut(bytes)), cutBytes: bytes };
}

const cut = (bytes: number): Part => ({ type: 'telltale.cut', bytes });

const messageForm: Pick<ListForm, 'keeps' | 'gap' | 'outline'> = {
  keeps: 'ends',
  gap: (messages, bytes) => ({ role: 'telltale', parts: [{ ...cut(bytes), messages }] }),
  outline: ({ role, finish_reason }, bytes) => ({
    role,
    parts: [cut(bytes)],
    ...(finish_reason !== undefined && { finish_reason }),
  }),
};
const outputForm: typeof messageForm = {
  ...messageForm,
  gap: (messages, bytes) => ({ ...messageForm.gap(messages, bytes), finish_reason: 'unknown' }),
};
const partForm: typeof messageForm = {
  keeps: 'beginning',
  gap: (parts, bytes) => ({ ...cut(bytes), parts }),
  outline: ({ type }, bytes) => ({ type, cut_bytes: bytes }),
};
const toolForm: typeof messageForm = {
  keeps: 'beginning',
  gap: (tools, bytes) => ({ ...cut(bytes), name: `${tools} more tools` }),
  outline: ({ type, name }, bytes) => ({ type, name, cut_bytes: bytes }),
};
