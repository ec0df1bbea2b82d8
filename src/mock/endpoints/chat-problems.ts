import type { Ask, Body, Refusal } from '../answer.ts';
import { chatFormatProblem } from '../answers/format.ts';
import { toolsProblem } from '../answers/tool-use.ts';
import { refuse, wrongType } from '../error-bodies.ts';
import { booleanProblem, capProblem, modelProblem, optional, presenceProblem, recordOf } from '../fields.ts';

/** Why a chat request is refused, if it is. */
export function chatProblem(body: Body, ask: Ask): Refusal | undefined {
  return (
    modelProblem(body) ??
    presenceProblem(body, 'messages') ??
    messagesProblem(body['messages']) ??
    booleanProblem(body, 'stream') ??
    streamOptionsProblem(body, ask.refuseStreamOptions) ??
    capProblem(body, 'max_tokens') ??
    capProblem(body, 'max_completion_tokens') ??
    capProblem(body, 'n') ??
    mostProblem(body, 'n', MOST_CHOICES) ??
    stopProblem(body) ??
    booleanProblem(body, 'logprobs') ??
    topLogprobsProblem(body) ??
    toolsProblem(body) ??
    chatFormatProblem(body) ??
    jsonWordProblem(body) ??
    audioProblem(body) ??
    predictionProblem(body)
  );
}

const MOST_CHOICES = 128;
const MOST_STOPS = 4;
const MOST_TOP_LOGPROBS = 20;

function messagesProblem(messages: unknown): Refusal | undefined {
  if (!Array.isArray(messages)) return wrongType('messages', 'an array of objects', messages);
  if (messages.length === 0) {
    const message =
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    return refuse(400, message, 'messages', 'empty_array');
  }
  const wrong = messages.findIndex((message) => recordOf(message) === undefined);
  return wrong === -1 ? undefined : wrongType(`messages[${wrong}]`, 'an object', messages[wrong]);
}

function streamOptionsProblem(body: Body, refused: boolean): Refusal | undefined {
  const options = optional(body, 'stream_options');
  if (options === undefined) return undefined;
  if (refused) return refuse(400, 'Unrecognized request argument supplied: stream_options');
  if (body['stream'] !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return refuse(400, message, 'stream_options');
  }
  return recordOf(options) ? undefined : wrongType('stream_options', 'an object', options);
}

function mostProblem(body: Body, name: string, most: number): Refusal | undefined {
  const value = optional(body, name);
  if (typeof value !== 'number' || value <= most) return undefined;
  const message = `Invalid '${name}': integer above maximum value. Expected a value <= ${most}, but got ${value} instead.`;
  return refuse(400, message, name, 'integer_above_max_value');
}

function stopProblem(body: Body): Refusal | undefined {
  const stop = optional(body, 'stop');
  if (stop === undefined) return undefined;
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  if (stops.length > MOST_STOPS) {
    const message = `Invalid 'stop': array too long. Expected an array with maximum length ${MOST_STOPS}, but got an array with length ${stops.length} instead.`;
    return refuse(400, message, 'stop', 'array_above_max_length');
  }
  const isText = stops.every((text) => typeof text === 'string' && text !== '');
  return isText ? undefined : wrongType('stop', 'one of a string or an array of strings', stop);
}

/** Also of Responses. */
export function topLogprobsRange(body: Body): Refusal | undefined {
  const top = optional(body, 'top_logprobs');
  if (top === undefined) return undefined;
  if (typeof top !== 'number' || !Number.isInteger(top)) return wrongType('top_logprobs', 'an integer', top);
  if (top >= 0) return mostProblem(body, 'top_logprobs', MOST_TOP_LOGPROBS);
  const message = `Invalid 'top_logprobs': integer below minimum value. Expected a value >= 0, but got ${top} instead.`;
  return refuse(400, message, 'top_logprobs', 'integer_below_min_value');
}

function topLogprobsProblem(body: Body): Refusal | undefined {
  const problem = topLogprobsRange(body);
  if (problem) return problem;
  if (optional(body, 'top_logprobs') === undefined || body['logprobs'] === true) return undefined;
  const message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.";
  return refuse(400, message, 'top_logprobs');
}

/** OpenAI asks for the word, for without it a model may not know that it should write JSON. */
function jsonWordProblem(body: Body): Refusal | undefined {
  if (recordOf(body['response_format'])?.['type'] !== 'json_object') return undefined;
  if (/json/i.test(JSON.stringify(body['messages']))) return undefined;
  const message =
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
  return refuse(400, message, 'messages');
}

function audioProblem(body: Body): Refusal | undefined {
  const { modalities } = body;
  const asked = Array.isArray(modalities) && modalities.includes('audio');
  const name = asked ? 'modalities' : optional(body, 'audio') === undefined ? undefined : 'audio';
  if (name === undefined) return undefined;
  const message = `Unsupported value: this mock provider answers in text only, and '${name}' asks for audio.`;
  return refuse(400, message, name, 'unsupported_value');
}

function predictionProblem(body: Body): Refusal | undefined {
  const prediction = optional(body, 'prediction');
  if (prediction === undefined) return undefined;
  const { content, type } = recordOf(prediction) ?? {};
  if (type !== 'content' || (typeof content !== 'string' && !Array.isArray(content))) {
    return wrongType('prediction', "an object of the type 'content' with a content", prediction);
  }
  const { n, logprobs, max_completion_tokens: cap, tools } = body;
  const other = [
    [(n ?? 1) !== 1, 'n'],
    [logprobs === true, 'logprobs'],
    [cap != null, 'max_completion_tokens'],
    [Array.isArray(tools) && tools.length > 0, 'tools'],
  ].find(([isGiven]) => isGiven);
  if (!other) return undefined;
  return refuse(400, `Unsupported parameter: '${other[1]}' cannot be used with 'prediction'.`, 'prediction');
}
