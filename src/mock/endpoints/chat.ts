import type { Answer, Ask, Body } from '../answer.ts';
import { answerFrom } from '../answers/answer-from.ts';
import { chatFormatOf } from '../answers/format.ts';
import { toolUseOf } from '../answers/tool-use.ts';
import { complete, type Question } from '../completion.ts';
import { capOf, optional, recordOf, textOf, tierOf } from '../fields.ts';
import { hexadecimal } from '../seeded.ts';
import { counterFor, textsOf, tokensOfMessages } from '../usage.ts';
import { chatBodyAnswer } from './chat-body.ts';
import { streamChat } from './chat-chunks.ts';
import { type ChatDraft, predictionUsed, wholeChat } from './chat-draft.ts';
import { chatProblem } from './chat-problems.ts';

/** `POST /chat/completions`. */
export function answerChat(body: Body, ask: Ask): Answer | Promise<Answer> {
  const problem = chatProblem(body, ask);
  if (problem) return problem;
  const messages = body['messages'] as readonly unknown[];
  const model = body['model'] as string;
  const count = counterFor(ask.countTokens, model);
  return answerFrom({
    endpoint: 'chat',
    body,
    ask,
    model,
    items: messages,
    inputTokens: tokensOfMessages(messages, optional(body, 'tools'), ask.countTokens && count),
    count,
    tools: toolUseOf(body),
    format: chatFormatOf(body),
    question: {
      maxTokens: capOf(body, 'max_completion_tokens') ?? capOf(body, 'max_tokens'),
      effort: textOf(body['reasoning_effort']),
      choices: capOf(body, 'n') ?? 1,
      ...stopsOf(body),
    },
    write(question) {
      const draft = draftOf(body, ask, question);
      if (body['stream'] !== true) return wholeChat(draft);
      return { ...streamChat(draft), inOnePiece: () => String(wholeChat(draft).body) };
    },
    writeBody: chatBodyAnswer,
  });
}

function stopsOf(body: Body): { stops?: readonly string[] } {
  const stop = optional(body, 'stop');
  if (stop === undefined) return {};
  return { stops: (Array.isArray(stop) ? stop : [stop]) as readonly string[] };
}

function draftOf(body: Body, ask: Ask, question: Question): ChatDraft {
  const { seed, callId, attempt, clock } = ask;
  const model = body['model'] as string;
  const streamOptions = recordOf(body['stream_options']);
  const prediction = recordOf(body['prediction']);
  const completion = complete(question);
  const predicted = prediction && textsOf(prediction['content']).join('');
  return {
    ...predictionUsed(completion, predicted, counterFor(ask.countTokens, model)),
    seed,
    callId,
    head: {
      id: `chatcmpl-${hexadecimal(seed, `chat ${attempt} ${callId}`, 24)}`,
      created: Math.floor(clock.epochMs() / 1_000),
      model,
    },
    tail: {
      service_tier: tierOf(body),
      system_fingerprint: 'fp_telltale_mock',
    },
    metadata: recordOf(body['metadata']),
    topLogprobs: body['logprobs'] === true ? (capOf(body, 'top_logprobs') ?? 0) : undefined,
    tellsUsage: streamOptions?.['include_usage'] === true,
    obfuscates: streamOptions?.['include_obfuscation'] === true,
  };
}
