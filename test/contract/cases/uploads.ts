import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failure, json } from '../answers.ts';
import { bad, type ContractCase, ok } from '../contract-case.ts';

const file = {
  id: 'file-1',
  object: 'file',
  bytes: 3,
  created_at: 1,
  filename: 'a.txt',
  purpose: 'batch',
  status: 'processed',
};
const here = fileURLToPath(new URL('../worlds.ts', import.meta.url));

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('one ');
  yield Buffer.from('two');
}

/** Request bodies of all kinds, and whether they are sent again whole. */
export const uploads: readonly ContractCase[] = [
  {
    name: 'an upload',
    script: [json(file)],
    run: async ({ client, world }) =>
      client.files.create({ file: await world.toFile(Buffer.from('abc'), 'a.txt'), purpose: 'batch' }),
    calls: [ok(200)],
  },
  {
    name: 'an upload that meets a 503',
    script: [failure(503), json(file)],
    run: async ({ client, world }) =>
      client.files.create({ file: await world.toFile(Buffer.from('abc'), 'a.txt'), purpose: 'batch' }),
    calls: [ok(503, 200)],
  },
  {
    name: 'an upload from disk that meets a 503',
    script: [failure(503), json(file)],
    run: ({ client }) => client.files.create({ file: createReadStream(here), purpose: 'batch' }),
    // Later versions send it as they read it, and do not send it twice.
    calls: ({ version }) => (version === '6.0.0' ? [ok(503, 200)] : [bad('overloaded', 503)]),
  },
  {
    name: 'a one-shot streaming body',
    script: [json(file)],
    run: ({ client }) =>
      client.post('/files', { body: pieces(), headers: { 'content-type': 'application/octet-stream' } }),
    calls: [ok(200)],
  },
  {
    name: 'a one-shot streaming body that meets a 503',
    script: [failure(503), failure(503), failure(503)],
    run: ({ client }) =>
      client.post('/files', { body: pieces(), headers: { 'content-type': 'application/octet-stream' } }),
    calls: ({ version }) =>
      version === '6.0.0' ? [bad('overloaded', 503, 503, 503)] : [bad('overloaded', 503)],
  },
  {
    name: 'a one-shot ReadableStream whose connection is reset',
    script: ['reset', 'reset', 'reset'],
    run: ({ client }) =>
      client.post('/files', {
        body: new Response('abc').body,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    calls: ({ version }) =>
      version === '6.0.0'
        ? [bad('connection_error', 'connection_error', 'connection_error', 'connection_error')]
        : [bad('connection_error', 'connection_error')],
    unseen: ({ version }) => (version === '6.0.0' ? 2 : 0),
  },
  {
    name: 'a body of bytes that meets a 503',
    script: [failure(503), json(file)],
    run: ({ client }) =>
      client.put('/files', {
        body: new Uint8Array([1, 2, 3]),
        headers: { 'content-type': 'application/octet-stream' },
      }),
    calls: [ok(503, 200)],
  },
];
