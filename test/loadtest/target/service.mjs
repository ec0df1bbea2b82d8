// A service as a user may have it: two calls of the observed client for each request, one after the other.
import { createServer } from 'node:http';
import { context, propagation, trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { start } from '../../../src/node/index.ts';

const telemetry = process.env.OBSERVED === 'no' ? undefined : start({ handleSignals: false });
const client = new OpenAI({ maxRetries: 4 });
const openai = telemetry ? observe(client) : client;
const server = createServer(async (request, response) => {
  const parent = propagation.extract(context.active(), request.headers);
  try {
    await context.with(parent, async () => {
      await openai.responses.create({ model: 'gpt-5-nano', input: 'Hello' });
      await openai.chat.completions.create({
        model: 'gpt-4.1-mini',
        messages: [{ role: 'user', content: 'Hello' }],
      });
    });
    response.end('{}');
  } catch (error) {
    response.writeHead(error.status === 429 ? 429 : 502).end(error.message);
  }
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', async () => {
  server.close();
  await telemetry?.shutdown();
  trace.disable();
  process.exit(0);
});
