import type { ModelPrice, TokenModelPrice } from '../prices.ts';

/** A chat model that hears and speaks: text in and out, audio in and out. */
function speaking(
  inputUsd: number,
  outputUsd: number,
  audioInputUsd: number,
  audioOutputUsd: number,
): TokenModelPrice {
  return { inputUsd, outputUsd, audioInputUsd, audioOutputUsd };
}

const transcribe: ModelPrice = { inputUsd: 2.5, audioInputUsd: 2.5, outputUsd: 10 };
const miniTranscribe: ModelPrice = { inputUsd: 1.25, audioInputUsd: 1.25, outputUsd: 5 };

/**
 * Models of sound. LiteLLM 1.110.2, read on 2026-11-25; also OpenAI's own model pages (2026) for what writes text from
 * sound, sound from text, and for gpt-audio-mini.
 *
 * Left out: tts-1 and tts-1-hd (billed by characters, which `Usage` does not count) and the realtime models (a socket,
 * which is no call).
 */
export const audio: Readonly<Record<string, ModelPrice>> = {
  'gpt-audio': speaking(2.5, 10, 32, 64),
  'gpt-audio-1.5': speaking(2.5, 10, 32, 64),
  'gpt-audio-mini': speaking(0.6, 2.4, 10, 20),
  // OpenAI's model pages (2026); LiteLLM has only the dated snapshots. The first snapshot cost more (a calculator of
  // 2024 on huggingface.co has it) and must not pass for its family.
  'gpt-4o-audio-preview': speaking(2.5, 10, 40, 80),
  'gpt-4o-audio-preview-2024-10-01': speaking(2.5, 10, 100, 200),
  'gpt-4o-mini-audio-preview': speaking(0.15, 0.6, 10, 20),

  // Billed by tokens. LiteLLM's price per second for them is an estimate of the same money.
  'gpt-4o-transcribe': transcribe,
  'gpt-4o-transcribe-diarize': transcribe,
  'gpt-4o-mini-transcribe': miniTranscribe,

  // Billed by time.
  'whisper-1': { audioMinuteUsd: 0.006 },
  'gpt-transcribe': { audioMinuteUsd: 0.0045 },

  // It writes nothing but audio, so that is what an output token costs, whether or not the answer says what it was.
  'gpt-4o-mini-tts': { inputUsd: 0.6, outputUsd: 12, audioOutputUsd: 12 },
};
