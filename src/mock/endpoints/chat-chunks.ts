import type { StreamAnswer } from '../answer.ts';
import { paddingFor } from '../answers/obfuscation.ts';
import type { Part, Spoken, ToolCall } from '../answers/part.ts';
import { type Step, stepsOf } from '../answers/steps.ts';
import type { Choice } from '../completion.ts';
import { serverErrorBody } from '../error-bodies.ts';
import { type ChatDraft, pieceLogprob, usageFields } from './chat-draft.ts';

/** The same answer as chunks: who speaks, the pieces of all choices in turn, how each ends, and the usage if asked for. */
export function streamChat(draft: ChatDraft): StreamAnswer {
  const { completion, head: common, tail: fields, metadata, tellsUsage, topLogprobs } = draft;
  const { choices, usage, finishReason } = completion;
  const steps = stepsOf(completion);
  const head = `data: ${JSON.stringify({
    id: common.id,
    object: 'chat.completion.chunk',
    created: common.created,
    model: common.model,
    ...fields,
    ...(metadata && { metadata }),
  }).slice(0, -1)}`;
  // With include_usage every chunk but the last says null.
  const tail = tellsUsage ? ',"usage":null}\n\n' : '}\n\n';

  function chunk(choice: number, delta: string, finish: string, likelihoods = 'null', padding = ''): string {
    const fieldsOfChoice = `"index":${choice},"delta":${delta},"logprobs":${likelihoods},"finish_reason":${finish}`;
    return `${head},"choices":[{${fieldsOfChoice}}]${padding}${tail}`;
  }

  function padding(index: number, text: string): string {
    return draft.obfuscates ? `,"obfuscation":"${paddingFor(draft, index, text)}"` : '';
  }

  function spokenChunk({ choice, piece = 0 }: Step, { kind, said }: Spoken, index: number): string {
    const text = said.piece(piece);
    const likelihoods =
      topLogprobs === undefined
        ? 'null'
        : JSON.stringify({
            ...{ content: null, refusal: null },
            [kind === 'text' ? 'content' : 'refusal']: [pieceLogprob(draft, choice, text, piece)],
          });
    return chunk(choice, spokenDelta(kind, text), 'null', likelihoods, padding(index, text));
  }

  function tokenEvent(index: number): string {
    const step = steps.at(index);
    const part = choices[step.choice]?.parts[step.part] as Part;
    if (part.kind !== 'call') return spokenChunk(step, part, index);
    const at = callIndex(draft, step);
    if (step.piece === undefined) return chunk(step.choice, callStart(part, at), 'null');
    const text = part.said.piece(step.piece);
    return chunk(step.choice, callDelta(part, at, text), 'null', 'null', padding(index, text));
  }

  // Of most answers nothing differs from chunk to chunk but the token, and tokens are many.
  const [only] = choices[0].parts;
  const isPlain =
    !steps.outputTokensAfter && only?.kind === 'text' && topLogprobs === undefined && !draft.obfuscates;
  const around = chunk(0, '{"content":"\0"}', 'null').split('"\0"') as [string, string];

  function plainEvent(index: number): string {
    return around[0] + only?.said.quoted(index) + around[1];
  }

  const opening = choices.map((choice, index) => chunk(index, openingDelta(choice), 'null'));
  const finishes = choices.map((choice, index) => chunk(index, '{}', `"${choice.finishReason}"`));
  const told = tellsUsage ? `${head},"choices":[],"usage":${JSON.stringify(usageFields(draft))}}\n\n` : '';
  return {
    kind: 'stream',
    opening: { text: opening.join(''), count: opening.length },
    tokens: steps.length,
    tokenEvent: isPlain ? plainEvent : tokenEvent,
    ...(steps.outputTokensAfter && { outputTokensAfter: steps.outputTokensAfter }),
    errorEvent: () => `data: ${serverErrorBody(500)}\n\n`,
    closing: {
      text: `${finishes.join('')}${told}data: [DONE]\n\n`,
      count: finishes.length + (tellsUsage ? 1 : 0),
    },
    usage,
    tellsUsage,
    finishReason,
  };
}

function openingDelta({ parts }: Choice): string {
  const says = parts.some(({ kind }) => kind === 'text');
  return `{"role":"assistant","content":${says ? '""' : 'null'},"refusal":null}`;
}

function spokenDelta(kind: 'text' | 'refusal', text: string): string {
  return `{"${kind === 'text' ? 'content' : 'refusal'}":${JSON.stringify(text)}}`;
}

/** A call's place among those of its choice. */
function callIndex({ completion }: ChatDraft, { choice, part }: Step): number {
  const before = completion.choices[choice]?.parts.slice(0, part) ?? [];
  return before.filter(({ kind }) => kind === 'call').length;
}

function callStart({ type, id, name }: ToolCall, index: number): string {
  const fields =
    type === 'function' ? { function: { name, arguments: '' } } : { custom: { name, input: '' } };
  return JSON.stringify({ tool_calls: [{ index, id, type, ...fields }] });
}

function callDelta({ type }: ToolCall, index: number, text: string): string {
  const fields = type === 'function' ? { function: { arguments: text } } : { custom: { input: text } };
  return JSON.stringify({ tool_calls: [{ index, ...fields }] });
}
