import type { Answer, Body, StreamAnswer } from '../answer.ts';
import { missing, serverErrorBody } from '../error-bodies.ts';
import { modelProblem, textOf } from '../fields.ts';
import { completePlainly, type PlainCompletion } from '../plain-completion.ts';
import type { ApiRequest, Route } from '../route.ts';
import { notOneOf } from './answers.ts';
import { fieldsOf, fileOf } from './form-fields.ts';
import { durationOf, segmentsOf, subRip, webVtt, wordTimes } from './transcripts.ts';

const endpoint = 'audio';

export const audioRoutes: readonly Route[] = [
  {
    endpoint,
    method: 'POST',
    path: '/audio/transcriptions',
    takes: 'form',
    answer: (request) => hear(request, 'transcribe'),
  },
  {
    endpoint,
    method: 'POST',
    path: '/audio/translations',
    takes: 'form',
    answer: (request) => hear(request, 'translate'),
  },
];

const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'];

type Task = 'transcribe' | 'translate';

/** What is heard depends on the seed and the call id, and not on the sound. */
function hear({ form, ask }: ApiRequest, task: Task): Answer {
  if (!form || !fileOf(form, 'file')) return missing('file');
  const fields = fieldsOf(form);
  const problem = modelProblem(fields);
  if (problem) return problem;
  const format = textOf(fields['response_format']) ?? 'json';
  if (!formats.includes(format)) return notOneOf('response_format', formats, format);
  const model = String(fields['model']);
  const completion = completePlainly({
    seed: ask.seed,
    callId: ask.callId,
    model,
    inputTokens: 100,
    maxTokens: undefined,
    outputTokens: ask.outputTokens,
  });
  // The first models are paid by the second, and do not stream.
  const bySecond = model.startsWith('whisper');
  if (fields['stream'] === 'true' && task === 'transcribe' && !bySecond) return streamed(completion);
  const text = completion.said.text().trim();
  const written = writtenAs(format, text, task, bySecond ? secondsUsage(text) : usageOf(completion));
  return {
    kind: 'whole',
    body: typeof written === 'string' ? written : JSON.stringify(written),
    ...(typeof written === 'string' && { contentType: 'text/plain; charset=utf-8' }),
    tokens: completion.visibleTokens,
    usage: bySecond ? null : completion.usage,
    finishReason: null,
  };
}

function writtenAs(format: string, text: string, task: Task, usage: object): string | Body {
  const isTranscript = task === 'transcribe';
  switch (format) {
    case 'text':
      return `${text}\n`;
    case 'srt':
      return subRip(text);
    case 'vtt':
      return webVtt(text);
    case 'verbose_json':
      return {
        task,
        language: 'english',
        duration: durationOf(text),
        text,
        segments: segmentsOf(text).map((segment) => ({ ...segment, ...measured })),
        ...(isTranscript && { words: wordTimes(text), usage: secondsUsage(text) }),
      };
    case 'diarized_json':
      return {
        task,
        duration: durationOf(text),
        text,
        segments: segmentsOf(text).map((segment) => ({
          ...segment,
          id: `seg_${segment.id}`,
          type: 'transcript.text.segment',
          speaker: segment.id % 2 === 0 ? 'A' : 'B',
        })),
        usage,
      };
    default:
      return isTranscript ? { text, usage } : { text };
  }
}

const measured = {
  seek: 0,
  tokens: [],
  temperature: 0,
  avg_logprob: -0.2,
  compression_ratio: 1.5,
  no_speech_prob: 0.01,
};

function streamed(completion: PlainCompletion): StreamAnswer {
  const { said, visibleTokens, usage } = completion;
  const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
  const text = said.text();
  return {
    kind: 'stream',
    opening: { text: '', count: 0 },
    tokens: visibleTokens,
    tokenEvent: (index) => event({ type: 'transcript.text.delta', delta: said.piece(index) }),
    errorEvent: () => `data: ${serverErrorBody(500)}\n\n`,
    closing: {
      text: `${event({ type: 'transcript.text.done', text, usage: usageOf(completion) })}data: [DONE]\n\n`,
      count: 1,
    },
    usage,
    tellsUsage: true,
    finishReason: 'stop',
  };
}

function usageOf({ usage: { inputTokens, outputTokens } }: PlainCompletion) {
  return {
    type: 'tokens',
    input_tokens: inputTokens,
    input_token_details: { text_tokens: 0, audio_tokens: inputTokens },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function secondsUsage(text: string) {
  return { type: 'duration', seconds: Math.ceil(durationOf(text)) };
}
