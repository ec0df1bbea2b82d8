import type { Answer, StreamAnswer } from '../answer.ts';
import { missing, serverErrorBody } from '../error-bodies.ts';
import { modelProblem, optional, textOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { tokensOfText } from '../usage.ts';
import { bytes, notOneOf } from './answers.ts';

export const speechRoutes: readonly Route[] = [
  { endpoint: 'audio', method: 'POST', path: '/audio/speech', answer: speak },
];

const types: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'application/octet-stream',
};

/** A hundredth of a second of silence for each character, at 24 kHz and two bytes a sample. */
const SAMPLES_A_CHARACTER = 240;
const SAMPLE_RATE = 24_000;
const MOST_CHARACTERS = 4_096;

/** Only `wav` and `pcm` can be played, and are silent; the other formats are bytes of their type's name. */
function speak({ body, ask }: ApiRequest): Answer {
  const problem = modelProblem(body);
  if (problem) return problem;
  const input = textOf(body['input']);
  if (input === undefined) return missing('input');
  if (optional(body, 'voice') === undefined) return missing('voice');
  const format = textOf(body['response_format']) ?? 'mp3';
  if (!Object.hasOwn(types, format)) return notOneOf('response_format', Object.keys(types), format);
  const silence = Buffer.alloc(Math.min(input.length, MOST_CHARACTERS) * SAMPLES_A_CHARACTER * 2);
  if (body['stream_format'] === 'sse') return streamed(input);
  if (format === 'wav') return bytes(Buffer.concat([waveHeader(silence.length), silence]), 'audio/wav');
  if (format === 'pcm') return bytes(silence, 'application/octet-stream');
  const noise = Buffer.from(hexadecimal(ask.seed, `speech ${ask.callId}`, 512), 'hex');
  return bytes(noise, types[format] ?? 'application/octet-stream');
}

function streamed(input: string): StreamAnswer {
  const inputTokens = tokensOfText(input.length);
  const pieces = Math.max(1, inputTokens);
  const piece = Buffer.alloc(SAMPLES_A_CHARACTER * 2).toString('base64');
  const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
  const usage = { input_tokens: inputTokens, output_tokens: pieces, total_tokens: inputTokens + pieces };
  return {
    kind: 'stream',
    opening: { text: '', count: 0 },
    tokens: pieces,
    tokenEvent: () => event({ type: 'speech.audio.delta', audio: piece }),
    errorEvent: () => `data: ${serverErrorBody(500)}\n\n`,
    closing: { text: event({ type: 'speech.audio.done', usage }), count: 1 },
    usage: { inputTokens, cachedTokens: 0, outputTokens: pieces, reasoningTokens: 0 },
    tellsUsage: true,
    finishReason: 'stop',
  };
}

function waveHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
