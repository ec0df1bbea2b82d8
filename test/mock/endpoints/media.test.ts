import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { clients, collect, named } from '../support.ts';
import { clientForTest } from './client.ts';

const model = 'gpt-image-1';

test.each(clients)('openai $version gets pictures, whole and streamed', async ({ Client }) => {
  const { openai, mock } = await clientForTest({}, Client);
  const { data, usage } = await openai.images.generate({ model, prompt: 'A bridge', n: 2, quality: 'low' });
  expect(data).toHaveLength(2);
  expect(
    Buffer.from(data?.[0]?.b64_json ?? '', 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  await mock.settled();
  expect(mock.ledger()[0]?.usage?.outputTokens).toBe(usage?.output_tokens);
  const stream = await openai.images.generate({ model, prompt: 'A bridge', stream: true, partial_images: 2 });
  const events = await collect(stream);
  expect(events.map(({ type }) => type)).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ]);
  const image = await toFile(Buffer.from('png'), 'a.png', { type: 'image/png' });
  expect((await openai.images.edit({ model, image, prompt: 'Brighter' })).data).toHaveLength(1);
  expect((await openai.images.createVariation({ image })).data?.[0]?.url).toMatch(/^https:/);
});

test('a stream of pictures that breaks off has used what its partial ones cost', async () => {
  const { openai, mock } = await clientForTest();
  const used = async (...faults: Parameters<typeof mock.setFaults>[0] & object) => {
    mock.setFaults(faults);
    const asked = { model, prompt: 'A bridge', stream: true, partial_images: 2 } as const;
    await collect(await openai.images.generate(asked));
    await mock.settled();
    return mock.ledger().at(-1)?.usage?.outputTokens ?? 0;
  };
  const whole = await used();
  const one = await used({ kind: 'cut', rate: 1, afterChunks: 1 });
  expect(one).toBe(100);
  expect(await used({ kind: 'cut', rate: 1, afterChunks: 2 })).toBe(2 * one);
  expect(whole).toBeGreaterThan(2 * one);
});

test.each([[{ model }], [{ model, prompt: 'a', n: 11 }], [{ model, prompt: 'a', partial_images: 4 }]])(
  'a picture of %j is refused',
  async (body) => {
    const { openai } = await clientForTest();
    await expect(openai.images.generate(body as never)).rejects.toMatchObject({ status: 400 });
  },
);

test.each(clients)('openai $version hears the same in every form', async ({ Client }) => {
  const { openai } = await clientForTest({}, Client);
  const file = await toFile(Buffer.from('wav'), 'a.wav');
  const hear = (response_format: 'json' | 'text' | 'srt' | 'vtt' | 'verbose_json') =>
    openai.audio.transcriptions.create(
      { model: 'whisper-1', file, response_format },
      named('one'),
    ) as Promise<unknown>;
  const { text } = (await hear('json')) as { text: string };
  expect(text.split(' ').length).toBeGreaterThan(5);
  expect(await hear('text')).toBe(`${text}\n`);
  const verbose = (await hear('verbose_json')) as { segments: { text: string }[]; duration: number };
  expect(verbose.segments.map((segment) => segment.text).join(' ')).toBe(text);
  expect(await hear('srt')).toMatch(/^1\n00:00:00,000 --> 00:00:0\d,\d{3}\n/);
  expect(await hear('vtt')).toMatch(/^WEBVTT\n\n00:00:00\.000 --> /);
  const stream = await openai.audio.transcriptions.create(
    { model: 'gpt-4o-transcribe', file, stream: true },
    named('one'),
  );
  const events = await collect(stream);
  const said = events.map((event) => ('delta' in event ? event.delta : '')).join('');
  expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: said });
  expect((await openai.audio.translations.create({ model: 'whisper-1', file })).text).not.toBe('');
});

test('speech is bytes of the type that was asked for', async () => {
  const { openai } = await clientForTest();
  const speak = (response_format: 'mp3' | 'wav' | 'pcm') =>
    openai.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello', response_format });
  expect((await speak('mp3')).headers.get('content-type')).toBe('audio/mpeg');
  const wave = Buffer.from(await (await speak('wav')).arrayBuffer());
  expect(wave.subarray(0, 4).toString()).toBe('RIFF');
  expect(wave.readUInt32LE(4)).toBe(wave.length - 8);
  const events = await openai.audio.speech.create({
    model: 'tts-1',
    voice: 'alloy',
    input: 'Hi',
    stream_format: 'sse',
  });
  expect(await events.text()).toContain('"type":"speech.audio.done"');
  await expect(openai.audio.speech.create({ model: 'tts-1', input: 'Hi' } as never)).rejects.toMatchObject({
    param: 'voice',
  });
});

test('a video takes its time', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock });
  const video = await openai.videos.create({ prompt: 'A bridge' });
  expect(video).toMatchObject({ status: 'queued', progress: 0 });
  clock.advance(1_000);
  expect(await openai.videos.retrieve(video.id)).toMatchObject({ status: 'completed', progress: 100 });
  const remix = await openai.videos.remix(video.id, { prompt: 'At night' });
  expect(remix.remixed_from_video_id).toBe(video.id);
});

test('a file in a container is what was put there, and gone with its deletion', async () => {
  const { openai } = await clientForTest();
  const { id } = await openai.containers.create({ name: 'work' });
  const file = await openai.containers.files.create(id, { file: await toFile(Buffer.from('abc'), 'a.txt') });
  const of = { container_id: id };
  expect(await (await openai.containers.files.content.retrieve(file.id, of)).text()).toBe('abc');
  expect((await openai.files.list()).data).toEqual([]);
  await openai.containers.files.delete(file.id, of);
  await expect(openai.containers.files.retrieve(file.id, of)).rejects.toMatchObject({ status: 404 });
});
