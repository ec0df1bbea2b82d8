/**
 * A serverless function: the platform freezes the process as soon as the handler has answered, so what was recorded has
 * to be sent before that. Here the platform is played by this process, which stops the function's process with SIGSTOP at the
 * moment of its answer, and looks what the receiver of telemetry has by then. Runs without a key on the mock provider.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { observe } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
import { start } from '../src/node/index.ts'; // in your code: 'telltale/node'

/** The function. What is outside of the handler runs once for each instance, at its cold start. */
function makeHandler() {
  const sdk = start({ serviceName: 'my-function' });
  const openai = observe(new OpenAI({ maxRetries: 1 }));
  return async (event: { question: string; flush: boolean }): Promise<string> => {
    try {
      const answer = await openai.responses.create({ model: 'gpt-5-mini', input: event.question });
      return answer.output_text;
    } finally {
      // After a failure too. It never rejects, and takes `exportTimeoutMs` at most.
      if (event.flush) await sdk.flush();
    }
  };
}

if (process.send) serve();
else await playThePlatform();

/** What the platform's runtime does within the instance: an event comes in, the handler's answer goes out. */
function serve(): void {
  const handler = makeHandler();
  process.on('message', async (event: { question: string; flush: boolean }) => {
    process.send?.(await handler(event));
  });
}

async function playThePlatform(): Promise<void> {
  const mock = await startMock({ seed: 1 });
  let spans = 0;
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/v1/traces')
      for (const { scopeSpans } of JSON.parse(Buffer.concat(chunks).toString()).resourceSpans)
        for (const scope of scopeSpans) spans += scope.spans.length;
    response.setHeader('content-type', 'application/json').end('{}');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;

  const instance = fork(import.meta.filename, {
    env: {
      ...process.env,
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: mock.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    },
  });
  const invoke = async (flush: boolean): Promise<number> => {
    const before = spans;
    instance.send({ question: 'Which way does the wind blow?', flush });
    await once(instance, 'message');
    // From here on nothing runs in it any more. Windows cannot stop a process, so there this is its end.
    instance.kill(process.platform === 'win32' ? 'SIGKILL' : 'SIGSTOP');
    return spans - before;
  };
  const cold = await invoke(true);
  console.log(`cold start, flushed before the freeze: the receiver has ${cold} spans`);
  if (cold !== 2) throw new Error('the spans of the call and of its attempt should have been there');
  if (process.platform !== 'win32') {
    instance.kill('SIGCONT');
    const warm = await invoke(true);
    console.log(`thawed, and flushed again:             the receiver has ${warm} spans`);
    if (warm !== 2) throw new Error('an instance that was frozen should go on as before');
    instance.kill('SIGCONT');
    const lost = await invoke(false);
    console.log(`thawed, and not flushed:               the receiver has ${lost} spans`);
  }
  instance.kill('SIGKILL');
  receiver.close();
  receiver.closeAllConnections();
  await mock.close();
}
