import { event, events, json, responseBody, responseEvents } from '../answers.ts';
import { bad, billed, type ContractCase, collect, type ExpectedCall, model, ok } from '../contract-case.ts';

const audio = (type: string): { status: number; headers: Record<string, string>; steps: Uint8Array[] } => ({
  status: 200,
  headers: { 'content-type': type, 'x-request-id': 'req_a' },
  steps: [new Uint8Array([0, 255, 1, 254]), new Uint8Array([2, 3])],
});
const page = (...data: object[]): object => ({ object: 'list', data, has_more: false });
const batch = {
  id: 'batch_1',
  object: 'batch',
  status: 'in_progress',
  request_counts: { total: 10, completed: 4, failed: 1 },
};
const job = { id: 'ftjob-1', object: 'fine_tuning.job', status: 'queued', model: 'gpt-4.1-mini' };
const store = { id: 'vs_1', object: 'vector_store', status: 'completed' };
const upload = { id: 'upload_1', object: 'upload', status: 'pending' };
const imageUsage = {
  input_tokens: 20,
  input_tokens_details: { text_tokens: 12, image_tokens: 8 },
  output_tokens: 100,
  total_tokens: 120,
};
const speechUsage = { input_tokens: 4, output_tokens: 60, total_tokens: 64 };

/** A call to an endpoint without a model: its span has the method and the route, and tells what came. */
const generic = (name: string, says: object = {}): ExpectedCall => ({ ...ok(200), says: { name, ...says } });
const of = (type: string, id: string, status?: string): object => ({
  'telltale.resource.type': type,
  'telltale.resource.id': id,
  'telltale.resource.status': status,
});

/** Every resource of the client, and what its spans say. */
export const resources: readonly ContractCase[] = [
  {
    name: 'a moderation',
    script: [json({ id: 'modr-1', model: 'omni-moderation-latest', results: [{ flagged: false }] })],
    run: ({ client }) => client.moderations.create({ model: 'omni-moderation-latest', input: 'Hi' }),
    calls: [
      {
        ...ok(200),
        says: {
          name: 'moderation omni-moderation-latest',
          'gen_ai.operation.name': 'moderation',
          'gen_ai.response.id': 'modr-1',
          'telltale.usage.source': 'unknown',
        },
      },
    ],
  },
  {
    name: 'an image',
    script: [json({ created: 1, data: [{ b64_json: 'AAAA' }], usage: imageUsage })],
    run: ({ client }) => client.images.generate({ model: 'gpt-image-1', prompt: 'A cat' }),
    calls: [
      {
        ...billed('20/100', 200),
        says: {
          name: 'generate_content gpt-image-1',
          'gen_ai.output.type': 'image',
          'telltale.usage.image.input_tokens': 8,
          'telltale.usage.image.output_tokens': 100,
        },
      },
    ],
  },
  {
    name: 'an edited image',
    script: [json({ created: 1, data: [{ b64_json: 'AAAA' }], usage: imageUsage })],
    run: async ({ client, world }) =>
      client.images.edit({
        model: 'gpt-image-1',
        prompt: 'A hat',
        image: await world.toFile(Buffer.from('png'), 'a.png', { type: 'image/png' }),
      }),
    calls: [
      {
        ...billed('20/100', 200),
        says: { name: 'generate_content gpt-image-1', 'gen_ai.output.type': 'image' },
      },
    ],
  },
  {
    name: 'an image that is streamed',
    script: [
      events([
        event({ type: 'image_generation.partial_image', b64_json: 'AA', partial_image_index: 0 }),
        event({ type: 'image_generation.completed', b64_json: 'AAAA', usage: imageUsage }),
      ]),
    ],
    run: async ({ client }) =>
      collect(await client.images.generate({ model: 'gpt-image-1', prompt: 'A cat', stream: true })),
    calls: [{ ...billed('20/100', 200), says: { 'telltale.usage.image.output_tokens': 100 } }],
  },
  {
    name: 'an image whose stream is cut',
    script: [
      events([event({ type: 'image_generation.partial_image', b64_json: 'AA', partial_image_index: 0 })]),
    ],
    run: async ({ client }) =>
      collect(await client.images.generate({ model: 'gpt-image-1', prompt: 'A cat', stream: true })),
    calls: [
      {
        outcome: 'truncated',
        errorType: 'truncated',
        attempts: [200],
        says: { 'telltale.usage.source': 'unknown', 'telltale.cost.usd': undefined },
      },
    ],
  },
  {
    name: 'speech, read as bytes',
    script: [audio('audio/mpeg')],
    run: async ({ client }) => {
      const speech = await client.audio.speech.create({
        model: 'gpt-4o-mini-tts',
        voice: 'alloy',
        input: 'Hi',
      });
      return [...new Uint8Array(await speech.arrayBuffer())];
    },
    calls: [
      {
        ...ok(200),
        says: {
          name: 'generate_content gpt-4o-mini-tts',
          'gen_ai.output.type': 'speech',
          'telltale.usage.source': 'unknown',
        },
      },
    ],
  },
  {
    name: 'speech that is streamed as events',
    script: [
      events([
        event({ type: 'speech.audio.delta', audio: 'AAAA' }),
        event({ type: 'speech.audio.done', usage: speechUsage }),
      ]),
    ],
    run: async ({ client }) => {
      const speech = await client.audio.speech.create({
        model: 'gpt-4o-mini-tts',
        voice: 'alloy',
        input: 'Hi',
        stream_format: 'sse',
      });
      return speech.text();
    },
    calls: [{ ...ok(200), says: { 'gen_ai.output.type': 'speech' } }],
  },
  {
    name: 'a transcription that counts tokens',
    script: [
      json({
        text: 'Hello',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { text_tokens: 0, audio_tokens: 14 },
          output_tokens: 45,
          total_tokens: 59,
        },
      }),
    ],
    run: async ({ client, world }) =>
      client.audio.transcriptions.create({
        model: 'gpt-4o-transcribe',
        file: await world.toFile(Buffer.from('RIFF'), 'a.wav'),
      }),
    calls: [
      {
        ...billed('14/45', 200),
        says: {
          name: 'generate_content gpt-4o-transcribe',
          'gen_ai.output.type': 'text',
          'telltale.usage.audio.input_tokens': 14,
        },
      },
    ],
  },
  {
    name: 'a transcription that counts seconds',
    script: [json({ text: 'Hello', usage: { type: 'duration', seconds: 3 } })],
    run: async ({ client, world }) =>
      client.audio.transcriptions.create({
        model: 'whisper-1',
        file: await world.toFile(Buffer.from('RIFF'), 'a.wav'),
      }),
    calls: [{ ...ok(200), says: { 'telltale.usage.audio.seconds': 3, 'telltale.usage.source': 'provider' } }],
  },
  {
    name: 'a transcription as plain text',
    script: [{ status: 200, headers: { 'content-type': 'text/plain' }, steps: ['Hello'] }],
    run: async ({ client, world }) =>
      client.audio.transcriptions.create({
        model: 'whisper-1',
        response_format: 'text',
        file: await world.toFile(Buffer.from('RIFF'), 'a.wav'),
      }),
    calls: [{ ...ok(200), says: { 'telltale.usage.source': 'unknown' } }],
  },
  {
    name: 'a transcription that is streamed',
    script: [
      events([
        event({ type: 'transcript.text.delta', delta: 'Hel' }),
        event({
          type: 'transcript.text.done',
          text: 'Hello',
          usage: { input_tokens: 14, output_tokens: 45 },
        }),
      ]),
    ],
    run: async ({ client, world }) =>
      collect(
        await client.audio.transcriptions.create({
          model: 'gpt-4o-transcribe',
          stream: true,
          file: await world.toFile(Buffer.from('RIFF'), 'a.wav'),
        }),
      ),
    calls: [billed('14/45', 200)],
  },
  {
    name: 'a translation',
    script: [json({ text: 'Hello' })],
    run: async ({ client, world }) =>
      client.audio.translations.create({
        model: 'whisper-1',
        file: await world.toFile(Buffer.from('RIFF'), 'a.wav'),
      }),
    calls: [{ ...ok(200), says: { name: 'generate_content whisper-1' } }],
  },
  {
    name: 'a chat with sound',
    script: [
      json({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'gpt-audio-2025-08-28',
        service_tier: 'flex',
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: null,
              refusal: null,
              audio: { id: 'audio_1', data: 'AA' },
            },
            finish_reason: 'stop',
          },
        ],
        usage: {
          prompt_tokens: 30,
          completion_tokens: 50,
          total_tokens: 80,
          prompt_tokens_details: { audio_tokens: 20, cached_tokens: 4, cache_write_tokens: 3 },
          completion_tokens_details: { audio_tokens: 40 },
        },
      }),
    ],
    run: ({ client }) =>
      client.chat.completions.create({
        model: 'gpt-audio',
        messages: [{ role: 'user', content: 'Sing' }],
        modalities: ['text', 'audio'],
        audio: { voice: 'alloy', format: 'wav' },
      }),
    calls: [
      {
        ...billed('30/50', 200),
        says: {
          'gen_ai.request.model': 'gpt-audio',
          'gen_ai.response.model': 'gpt-audio-2025-08-28',
          'openai.response.service_tier': 'flex',
          'gen_ai.usage.cache_read.input_tokens': 4,
          'gen_ai.usage.cache_creation.input_tokens': 3,
          'telltale.usage.audio.input_tokens': 20,
          'telltale.usage.audio.output_tokens': 40,
        },
      },
    ],
  },
  {
    name: 'a completion of the older kind',
    script: [
      json({
        id: 'cmpl-1',
        object: 'text_completion',
        model,
        choices: [{ index: 0, text: 'Hello', finish_reason: 'length', logprobs: null }],
        usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
      }),
    ],
    run: ({ client }) => client.completions.create({ model, prompt: 'Hi' }),
    calls: [
      {
        ...billed('2/3', 200),
        says: { name: `text_completion ${model}`, 'gen_ai.response.finish_reasons': ['length'] },
      },
    ],
  },
  {
    name: 'a response in the background, fetched and cancelled',
    script: [
      json({ ...responseBody, status: 'queued', output: [], usage: null }),
      json(responseBody),
      json({ ...responseBody, status: 'cancelled' }),
    ],
    run: async ({ client }) => [
      await client.responses.create({ model, input: 'Hi', background: true, previous_response_id: 'resp_0' }),
      await client.responses.retrieve('resp_1'),
      await client.responses.cancel('resp_1'),
    ],
    calls: [
      {
        ...ok(200),
        tokens: 'unknown',
        says: {
          'telltale.request.background': true,
          'telltale.request.previous_response_id': 'resp_0',
          'gen_ai.response.finish_reasons': undefined,
        },
      },
      {
        ...ok(200),
        // It is the first to bring them.
        tokens: '10/5',
        says: {
          name: 'fetch_response',
          'gen_ai.operation.name': 'fetch_response',
          'gen_ai.request.model': model,
          'gen_ai.response.id': 'resp_1',
          'gen_ai.usage.input_tokens': 10,
          'telltale.resource.status': 'completed',
        },
      },
      generic('POST /responses/{id}/cancel', of('response', 'resp_1', 'cancelled')),
    ],
  },
  {
    name: 'a response that failed in the background, fetched',
    script: [json({ ...responseBody, status: 'failed', error: { code: 'server_error', message: 'no' } })],
    run: ({ client }) => client.responses.retrieve('resp_1'),
    calls: [{ ...ok(200), says: { 'telltale.resource.status': 'failed' } }],
  },
  {
    name: 'a response that is fetched as a stream',
    script: [events(responseEvents)],
    run: async ({ client }) => collect(await client.responses.retrieve('resp_1', { stream: true })),
    calls: [{ ...ok(200), tokens: 'unknown', says: { name: 'fetch_response' } }],
  },
  {
    name: 'a conversation and its items',
    script: [
      json({ id: 'conv_1', object: 'conversation', created_at: 1, metadata: {} }),
      json(page({ id: 'msg_1' }, { id: 'msg_2' })),
    ],
    run: async ({ client }) => [
      await client.conversations.create({ metadata: {} }),
      await collect(client.conversations.items.list('conv_1')),
    ],
    calls: [
      generic('POST /conversations', of('conversation', 'conv_1')),
      generic('GET /conversations/{id}/items', {
        'gen_ai.conversation.id': 'conv_1',
        'telltale.resource.type': 'list',
        'telltale.resource.count': 2,
      }),
    ],
    versions: ['6.49.0', '7.57.0'],
  },
  {
    name: 'the content of a file',
    script: [audio('application/octet-stream')],
    run: async ({ client }) => [
      ...new Uint8Array(await (await client.files.content('file-1')).arrayBuffer()),
    ],
    calls: [generic('GET /files/{id}/content', { 'telltale.resource.id': undefined })],
  },
  {
    name: 'a file that is deleted',
    script: [json({ id: 'file-1', object: 'file', deleted: true })],
    run: ({ client }) => client.files.delete('file-1'),
    calls: [generic('DELETE /files/{id}', of('file', 'file-1'))],
  },
  {
    name: 'an upload in parts',
    script: [
      json(upload),
      json({ id: 'part_1', object: 'upload.part' }),
      json({ ...upload, status: 'completed' }),
    ],
    run: async ({ client, world }) => [
      await client.uploads.create({ bytes: 3, filename: 'a', mime_type: 'text/plain', purpose: 'batch' }),
      await client.uploads.parts.create('upload_1', { data: await world.toFile(Buffer.from('abc'), 'a') }),
      await client.uploads.complete('upload_1', { part_ids: ['part_1'] }),
    ],
    calls: [
      generic('POST /uploads', of('upload', 'upload_1', 'pending')),
      generic('POST /uploads/{id}/parts', of('upload.part', 'part_1')),
      generic('POST /uploads/{id}/complete', of('upload', 'upload_1', 'completed')),
    ],
  },
  {
    name: 'a batch',
    script: [json(batch), json({ ...batch, status: 'cancelling' }), json(page(batch))],
    run: async ({ client }) => [
      await client.batches.retrieve('batch_1'),
      await client.batches.cancel('batch_1'),
      await collect(client.batches.list()),
    ],
    calls: [
      generic('GET /batches/{id}', {
        ...of('batch', 'batch_1', 'in_progress'),
        'telltale.batch.requests.total': 10,
        'telltale.batch.requests.completed': 4,
        'telltale.batch.requests.failed': 1,
      }),
      generic('POST /batches/{id}/cancel', of('batch', 'batch_1', 'cancelling')),
      generic('GET /batches', { 'telltale.resource.count': 1 }),
    ],
  },
  {
    name: 'a vector store and a search in it',
    script: [json(store), json({ object: 'vector_store.search_results.page', data: [], has_more: false })],
    run: async ({ client }) => [
      await client.vectorStores.create({ name: 'a' }),
      await collect(client.vectorStores.search('vs_1', { query: 'a' })),
    ],
    calls: [
      generic('POST /vector_stores', of('vector_store', 'vs_1', 'completed')),
      generic('retrieval', { 'gen_ai.operation.name': 'retrieval' }),
    ],
  },
  {
    name: 'a response of the beta, made and fetched',
    script: [json(responseBody), json(responseBody)],
    run: async ({ client }) => [
      await client.beta.responses.create({ model, input: 'Hi' }),
      await client.beta.responses.retrieve('resp_1'),
    ],
    calls: [
      { ...billed('10/5', 200), says: { name: `chat ${model}`, 'openai.api.type': 'responses' } },
      { ...ok(200), tokens: 'unknown', says: { name: 'fetch_response' } },
    ],
    versions: ['6.49.0', '7.57.0'],
  },
  {
    name: 'a conversation that is compacted',
    script: [json({ ...responseBody, object: 'response.compaction', output: [{ type: 'compaction' }] })],
    run: ({ client }) => client.responses.compact({ model, input: 'Hi' }),
    calls: [{ ...billed('10/5', 200), says: { name: `compaction ${model}` } }],
    versions: ['6.49.0', '7.57.0'],
  },
  {
    name: 'a decision',
    script: [json({ answers: [], model, usage: responseBody.usage })],
    run: ({ client }) => client.decisions.create({ model, input: 'Hi', questions: [] }),
    calls: [{ ...billed('10/5', 200), says: { name: `decision ${model}`, 'gen_ai.response.model': model } }],
    versions: ['7.57.0'],
  },
  {
    name: 'an assistant, and runs of it',
    script: [
      json({ id: 'asst_1', object: 'assistant' }),
      json({ id: 'run_1', object: 'thread.run', status: 'queued' }),
      json({ id: 'run_2', object: 'thread.run', status: 'queued' }),
    ],
    run: async ({ client }) => [
      await client.beta.assistants.create({ model, name: 'Ann' }),
      await client.beta.threads.runs.create('thread_1', { assistant_id: 'asst_1' }),
      await client.beta.threads.createAndRun({ assistant_id: 'asst_1' }),
    ],
    calls: [
      generic('create_agent', { ...of('assistant', 'asst_1'), 'gen_ai.operation.name': 'create_agent' }),
      generic('invoke_agent', of('thread.run', 'run_1', 'queued')),
      generic('invoke_agent', of('thread.run', 'run_2', 'queued')),
    ],
  },
  {
    name: 'an agent',
    script: [json({ id: 'agent_1', object: 'agent' })],
    run: ({ client }) => client.beta.agents.create({ model }),
    calls: [generic('create_agent', of('agent', 'agent_1'))],
    versions: ['7.57.0'],
  },
  {
    name: 'a fine-tuning job',
    script: [json(job)],
    run: ({ client }) => client.fineTuning.jobs.create({ model: 'gpt-4.1-mini', training_file: 'file-1' }),
    calls: [
      generic('POST /fine_tuning/jobs', {
        ...of('fine_tuning.job', 'ftjob-1', 'queued'),
        'gen_ai.request.model': 'gpt-4.1-mini',
      }),
    ],
  },
  {
    name: 'an evaluation',
    script: [json({ id: 'eval_1', object: 'eval' })],
    run: ({ client }) => client.evals.retrieve('eval_1'),
    calls: [generic('GET /evals/{id}', of('eval', 'eval_1'))],
  },
  {
    name: 'a model that is not there',
    script: [
      { status: 404, headers: { 'content-type': 'application/json' }, steps: ['{"error":{"code":"x"}}'] },
    ],
    run: ({ client }) => client.models.retrieve('gpt-9'),
    calls: [{ ...bad('not_found', 404), says: { name: 'GET /models/{model}' } }],
  },
  {
    name: 'an endpoint of next year',
    script: [json({ id: 'dream_1', object: 'dream', status: 'dreamt' })],
    run: ({ client }) => client.post('/dreams/dream_1/replay', { body: { depth: 3 } }),
    calls: [generic('POST /dreams/{id}/replay', of('dream', 'dream_1', 'dreamt'))],
  },
];
