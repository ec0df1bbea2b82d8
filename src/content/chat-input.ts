import { asArray, asObject, asText, copyJson, type JsonObject } from '../json.ts';
import { addressedPart, base64Part, filePart } from './media.ts';
import {
  contentParts,
  genericPart,
  type Message,
  message,
  type Part,
  reasoningPart,
  refusalPart,
  textPart,
  toolCallPart,
  toolResponsePart,
} from './parts.ts';

/** The messages of a chat request, in their order. System messages stay where they are. */
export function chatInput(body: JsonObject): Message[] {
  return asArray(body['messages']).flatMap((entry) => {
    const said = asObject(entry);
    return said ? [messageOf(said)] : [];
  });
}

function messageOf(said: JsonObject): Message {
  const role = asText(said['role']) ?? 'unknown';
  const { content } = said;
  if (role === 'tool' || role === 'function') {
    const response = typeof content === 'string' ? content : contentParts(content, chatPart);
    return message('tool', [toolResponsePart(said['tool_call_id'] ?? said['name'], response)]);
  }
  return message(role, spokenParts(said), said['name']);
}

/** The parts of a message of a person or a model, in a request or an answer. */
export function spokenParts(said: JsonObject): Part[] {
  const parts: Part[] = [];
  // Providers that show their reasoning in chats do it in one of these.
  const reasoning = asText(said['reasoning_content']) ?? asText(said['reasoning']);
  if (reasoning) parts.push(reasoningPart(reasoning));
  parts.push(...contentParts(said['content'], chatPart));
  const refusal = asText(said['refusal']);
  if (refusal) parts.push(refusalPart(refusal));
  const audio = asObject(said['audio']);
  if (audio) parts.push(audioPart(audio));
  for (const entry of asArray(said['tool_calls'])) {
    const call = asObject(entry);
    if (call) parts.push(callPart(call));
  }
  const old = asObject(said['function_call']);
  if (old) parts.push(toolCallPart(undefined, old['name'], old['arguments']));
  return parts;
}

function callPart(call: JsonObject): Part {
  const { id } = call;
  const called = asObject(call['function']);
  if (called) return toolCallPart(id, called['name'], copyJson(called['arguments']));
  const custom = asObject(call['custom']);
  if (custom) return toolCallPart(id, custom['name'], asText(custom['input']));
  return genericPart(call);
}

/** Sound of an answer, whole; or in a request, the name of sound that was answered before. */
function audioPart(audio: JsonObject): Part {
  const data = asText(audio['data']);
  const { id, transcript } = audio;
  if (data) return base64Part(data, 'audio', undefined, { id: asText(id), transcript: asText(transcript) });
  return filePart(asText(id) ?? '', 'audio', { transcript: asText(transcript) });
}

function chatPart(part: JsonObject): Part {
  switch (part['type']) {
    case 'text':
      return textPart(asText(part['text']) ?? '');
    case 'refusal':
      return refusalPart(asText(part['refusal']) ?? '');
    case 'image_url': {
      const image = asObject(part['image_url']);
      return addressedPart(image?.['url'] ?? part['image_url'], 'image', {
        detail: asText(image?.['detail']),
      });
    }
    case 'input_audio':
      return inputAudioPart(part);
    case 'file':
      return uploadedPart(asObject(part['file']) ?? {});
    default:
      return genericPart(part);
  }
}

export function inputAudioPart(part: JsonObject): Part {
  const audio = asObject(part['input_audio']) ?? {};
  const format = asText(audio['format']);
  return base64Part(asText(audio['data']) ?? '', 'audio', format && mediaTypeOf(format));
}

/** A file that comes with the message, or that the provider has already. */
export function uploadedPart(file: JsonObject): Part {
  const more = { file_name: asText(file['filename']), detail: asText(file['detail']) };
  const data = asText(file['file_data']);
  if (data) return addressedPart(data, 'file', more);
  const url = asText(file['file_url']);
  if (url) return addressedPart(url, 'file', more);
  return filePart(asText(file['file_id']) ?? '', 'file', more);
}

function mediaTypeOf(format: string): string {
  return format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
}
