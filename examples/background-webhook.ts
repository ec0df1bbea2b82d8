/**
 * A service that starts reports in the background, and is told by webhooks when they are done: an HTTP server takes them
 * in, and a poll every few seconds sees to those that get lost. The jobs are kept in files, so what a restart interrupts
 * goes on. Runs without a key on the mock provider, which sends each second webhook twice; with a key, leave out `baseURL`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { observe } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
import { backgroundJobs, fileRecords } from '../src/patterns/index.ts'; // in your code: 'telltale/patterns'

const webhookSecret = `whsec_${Buffer.from('a secret that only both know').toString('base64')}`;

const receiver = createServer((request, response) => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    // Whoever sends that much is not the provider: a webhook is small.
    if (bytes > 1_000_000) request.destroy();
    else pieces.push(piece);
  });
  request.on('end', async () => {
    try {
      // The bytes as they came: what is signed is not what JSON.parse gives.
      const news = await jobs.webhook(Buffer.concat(pieces), request.headers);
      console.log(`webhook ${news.type}: ${news.result}`);
      response.writeHead(204).end();
    } catch (error) {
      // A forged one is refused for good; anything else comes again.
      response.writeHead(error instanceof OpenAI.InvalidWebhookSignatureError ? 400 : 500).end();
    }
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const { port } = receiver.address() as AddressInfo;

const mock = await startMock({
  seed: 5,
  background: { queuedMs: 50, runsMs: 300 },
  webhooks: { url: `http://127.0.0.1:${port}/webhooks`, secret: webhookSecret, duplicateRate: 0.5 },
});
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }));
const directory = await mkdtemp(path.join(tmpdir(), 'jobs-')); // in your code: a folder that stays
const jobs = backgroundJobs({ client: openai, store: fileRecords(directory), webhookSecret });

const { jobs: interrupted } = await jobs.resume();
console.log(`${interrupted.length} jobs of an earlier life`);
const reports = await Promise.all(
  ['Kiel', 'Bergen', 'Porto'].map((port) =>
    jobs.start({ model: 'gpt-5-mini', input: `Report on the port of ${port}.` }, { id: `report-${port}` }),
  ),
);
for (const job of reports) {
  const { output_text } = await job.done;
  console.log(`${job.id} ${job.state} for ${job.cost.usd?.toFixed(6)} USD: ${output_text.slice(0, 40)}…`);
}

await jobs.close();
await mock.settled();
await mock.close();
receiver.close();
receiver.closeAllConnections();
await rm(directory, { recursive: true });
