import { chatBody, chatPieces, events, failure, json } from '../answers.ts';
import { type ContractCase, cancelled, chatParams } from '../contract-case.ts';
import { errorPortrait } from '../normalize.ts';

/** The caller's signal, at every moment of a call. */
export const aborts: readonly ContractCase[] = [
  {
    name: 'an abort before the call',
    script: [],
    run: ({ client, abort }) => {
      abort.abort();
      return client.chat.completions.create(chatParams, { signal: abort.signal });
    },
    calls: [cancelled('cancelled')],
    unseen: 1,
  },
  {
    name: 'an abort before the headers',
    script: ['silence'],
    run: ({ client, server, abort }) => {
      void server.arrived(1).then(() => abort.abort());
      return client.chat.completions.create(chatParams, { signal: abort.signal });
    },
    calls: [cancelled('cancelled')],
  },
  {
    name: 'an abort with a reason, before the headers',
    script: ['silence'],
    run: ({ client, server, abort }) => {
      void server.arrived(1).then(() => abort.abort(new Error('enough')));
      return client.chat.completions.create(chatParams, { signal: abort.signal });
    },
    calls: [cancelled('cancelled')],
  },
  {
    name: 'an abort during a JSON body',
    script: [
      {
        status: 200,
        headers: { 'content-type': 'application/json' },
        steps: ['{"id": ', { untilClientLeaves: true }],
      },
    ],
    run: ({ client, abort, onLog }) => {
      onLog(/succeeded/, () => setTimeout(() => abort.abort(), 10));
      return client.chat.completions.create(chatParams, { signal: abort.signal });
    },
    calls: [cancelled(200)],
  },
  {
    name: 'an abort during a stream',
    script: [events([...chatPieces, { untilClientLeaves: true }])],
    run: async ({ client, abort }) => {
      const seen: unknown[] = [];
      try {
        const stream = await client.chat.completions.create(
          { ...chatParams, stream: true },
          { signal: abort.signal },
        );
        for await (const chunk of stream) {
          seen.push(chunk);
          if (seen.length === chatPieces.length) abort.abort();
        }
      } catch (error) {
        seen.push(errorPortrait(error, client));
      }
      return seen;
    },
    calls: [cancelled(200)],
  },
  {
    name: 'an abort during a backoff',
    script: [failure(503, { 'retry-after-ms': '60' })],
    run: ({ client, abort, onLog }) => {
      onLog(/retrying/, () => setTimeout(() => abort.abort(), 5));
      return client.chat.completions.create(chatParams, { signal: abort.signal });
    },
    calls: [cancelled(503)],
    endsSooner: ({ major }) => major === 6,
  },
  {
    name: 'an abort after the answer',
    script: [json(chatBody)],
    run: async ({ client, abort }) => {
      const completion = await client.chat.completions.create(chatParams, { signal: abort.signal });
      abort.abort();
      return completion;
    },
    calls: [{ outcome: 'ok', attempts: [200] }],
  },
];
