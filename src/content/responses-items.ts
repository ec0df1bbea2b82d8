import { asArray, asObject, asText, copyJson, type JsonObject, present } from '../json.ts';
import { inputAudioPart, uploadedPart } from './chat-input.ts';
import { addressedPart, base64Part, filePart, optionalText } from './media.ts';
import {
  contentParts,
  genericPart,
  type Part,
  reasoningPart,
  refusalPart,
  textPart,
  toolCallPart,
  toolResponsePart,
} from './parts.ts';

/** What an item of a Responses request or answer says, and who says it. */
export interface Said {
  readonly role: string;
  readonly parts: readonly Part[];
  readonly name?: unknown;
}

/** Calls that the application carries out, besides those of functions: what says what is to be done. */
const clientTools: Readonly<Record<string, readonly string[]>> = {
  computer_call: ['action', 'actions'],
  local_shell_call: ['action'],
  shell_call: ['action'],
  apply_patch_call: ['operation'],
};

/** What a tool of the provider's own gave back. */
const serverResults = ['outputs', 'results', 'output', 'error', 'tools'] as const;

export function saidBy(item: JsonObject): Said {
  const type = asText(item['type']) ?? 'message';
  switch (type) {
    case 'message': {
      const parts = contentParts(item['content'], responsesPart);
      return { role: asText(item['role']) ?? 'unknown', parts, name: item['name'] };
    }
    case 'reasoning':
      return { role: 'assistant', parts: reasoningParts(item) };
    case 'function_call':
      return assistant(toolCallPart(item['call_id'], item['name'], item['arguments']));
    case 'custom_tool_call':
      return assistant(toolCallPart(item['call_id'], item['name'], item['input']));
    case 'image_generation_call':
      return { role: 'assistant', parts: imageParts(item) };
  }
  const action = clientTools[type];
  if (action) {
    const args = copyJson(
      action.map((name) => item[name]).find((value) => value !== undefined && value !== null),
    );
    return assistant(toolCallPart(item['call_id'] ?? item['id'], toolName(type), args));
  }
  if (type.endsWith('_call_output')) {
    return {
      role: 'tool',
      parts: [toolResponsePart(item['call_id'] ?? item['id'], responseOf(item['output']))],
    };
  }
  if (type.endsWith('_call') || type === 'mcp_list_tools')
    return { role: 'assistant', parts: serverParts(item, type) };
  return { role: asText(item['role']) ?? 'unknown', parts: [genericPart(item)] };
}

function assistant(part: Part): Said {
  return { role: 'assistant', parts: [part] };
}

function toolName(type: string): string {
  return type.replace(/_call$/, '');
}

/** Only what is shown: the encrypted part of reasoning says nothing to anybody. */
function reasoningParts(item: JsonObject): Part[] {
  return [...asArray(item['summary']), ...asArray(item['content'])].flatMap((entry) => {
    const text = asObject(entry)?.['text'];
    return typeof text === 'string' && text !== '' ? [reasoningPart(text)] : [];
  });
}

/** What a tool gave back to the model: a text, parts, or a screenshot. */
function responseOf(output: unknown): unknown {
  if (Array.isArray(output)) return contentParts(output, responsesPart);
  const object = asObject(output);
  return object?.['type'] === 'computer_screenshot' ? imagePart(object) : copyJson(output);
}

function serverParts(item: JsonObject, type: string): Part[] {
  const { id, status: _status, type: _type, ...rest } = item;
  const name = asText(item['name']) ?? toolName(type);
  const call = { ...rest };
  const results: Record<string, unknown> = {};
  for (const field of serverResults) {
    if (call[field] !== undefined && call[field] !== null) results[field] = call[field];
    delete call[field];
  }
  const known = present({ id: asText(id) });
  const parts: Part[] = [
    {
      type: 'server_tool_call',
      ...known,
      name,
      server_tool_call: { type: toolName(type), ...(copyJson(call) as JsonObject) },
    },
  ];
  if (Object.keys(results).length > 0) {
    parts.push({
      type: 'server_tool_call_response',
      ...known,
      server_tool_call_response: { type: toolName(type), ...(copyJson(results) as JsonObject) },
    });
  }
  return parts;
}

function imageParts(item: JsonObject): Part[] {
  const { result, ...rest } = item;
  const format = asText(item['output_format']) ?? 'png';
  const parts = serverParts(rest, 'image_generation_call');
  if (typeof result === 'string' && result !== '') parts.push(base64Part(result, 'image', `image/${format}`));
  return parts;
}

function imagePart(part: JsonObject): Part {
  const detail = { detail: asText(part['detail']) };
  const fileId = asText(part['file_id']);
  return fileId && !part['image_url']
    ? filePart(fileId, 'image', detail)
    : addressedPart(part['image_url'], 'image', detail);
}

/** A part of a message, or of what a tool gave back. */
export function responsesPart(part: JsonObject): Part {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPart(asText(part['text']) ?? '');
    case 'summary_text':
    case 'reasoning_text':
      return reasoningPart(asText(part['text']) ?? '');
    case 'refusal':
      return refusalPart(asText(part['refusal']) ?? '');
    case 'input_image':
      return imagePart(part);
    case 'input_audio':
      return inputAudioPart(part);
    case 'input_file':
      return uploadedPart(part);
    default:
      return genericPart(part);
  }
}

/** What stands in for instructions and input that the provider keeps: the template's name and what is filled in. */
export function promptPart(prompt: JsonObject): Part {
  const variables = Object.entries(asObject(prompt['variables']) ?? {}).map(([name, value]) => {
    const part = asObject(value);
    return { name, parts: part ? [responsesPart(part)] : optionalText(value) };
  });
  return {
    type: 'prompt_template',
    ...present({ id: asText(prompt['id']), version: asText(prompt['version']) }),
    variables,
  };
}
