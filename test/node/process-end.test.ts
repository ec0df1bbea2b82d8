import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Application, patient, telltaleUrl } from './application.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

vi.setConfig(patient);

let application: Application;
let receiver: StandIn;

beforeAll(async () => {
  application = new Application({ '@opentelemetry/api': '@opentelemetry/api', openai: 'openai' });
  receiver = await startStandIn();
});

afterAll(async () => {
  application.remove();
  await receiver.close();
});

/** An application that starts Telltale, records a span of this name, and goes on with `rest`. */
function script(name: string, rest: string, endpoint = receiver.url): string {
  return application.write(
    `${name}.mjs`,
    `import { logs, metrics, trace } from '@opentelemetry/api';
     import { start } from ${JSON.stringify(telltaleUrl('node/index.ts'))};
     process.on('unhandledRejection', (reason) => console.log('unhandled', reason));
     start({ endpoint: ${JSON.stringify(endpoint)} });
     trace.getTracer('t').startSpan(${JSON.stringify(name)}).end();
     metrics.getMeter('m').createCounter(${JSON.stringify(name)}).add(1);
     logs.getLogger('l').emit({ body: ${JSON.stringify(name)} });
     ${rest}`,
  );
}

function arrived(name: string): number {
  return (
    receiver.spans.filter((span) => span.name === name).length +
    receiver.metrics.filter((metric) => metric.name === name).length +
    receiver.logs.filter((record) => record.body?.stringValue === name).length
  );
}

/** Keeps a process alive until a signal comes. */
const wait = `setInterval(() => {}, 1_000); console.log('waiting');`;

/** Makes a call that is never answered. */
const callsSilence = `
  const { createServer } = await import('node:http');
  const silent = createServer(() => console.log('waiting')).listen(0, '127.0.0.1', async () => {
    const OpenAI = (await import('openai')).default;
    const { observe } = await import(${JSON.stringify(telltaleUrl('index.ts'))});
    const baseURL = 'http://127.0.0.1:' + silent.address().port;
    const openai = observe(new OpenAI({ apiKey: 'k', baseURL, maxRetries: 0 }));
    await openai.models.list().catch((error) => console.log(error.constructor.name));
  });`;
const outcomesOf = (name: string): unknown[] =>
  receiver.spans
    .filter((span) => span.name === name)
    .flatMap(({ attributes = [] }) => attributes.filter(({ key }) => key === 'telltale.outcome'))
    .map(({ value }) => value.stringValue);

describe('a call in flight', () => {
  test.concurrent('is told as abandoned when a signal ends the process', async () => {
    const run = application.run([script('in-flight', callsSilence)]);
    await run.said('waiting');
    run.kill('SIGTERM');
    expect((await run.ended).signal).toBe('SIGTERM');
    expect(outcomesOf('GET /models')).toEqual(['abandoned']);
  });
});

describe('what was recorded is sent', () => {
  test.concurrent('when a short script ends, whose exit code stays its own', async () => {
    const { code, stdout, stderr } = await application.run([script('short', 'process.exitCode = 7;')]).ended;
    expect([code, stdout, stderr]).toEqual([7, '', '']);
    expect(arrived('short')).toBe(3);
  });

  test.concurrent('when a signal ends the process, which dies of that signal', async () => {
    const run = application.run([script('terminated', wait)]);
    await run.said('waiting');
    run.kill('SIGTERM');
    const { code, signal } = await run.ended;
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(arrived('terminated')).toBe(3);
  });

  test.concurrent('when the application itself answers the signal, at its own pace', async () => {
    const graceful = `
      const timer = setInterval(() => {}, 1_000);
      process.once('SIGTERM', () => setTimeout(() => {
        trace.getTracer('t').startSpan('graceful').end();
        clearInterval(timer);
        process.exitCode = 3;
        console.log('closed');
      }, 100));
      console.log('waiting');`;
    const run = application.run([script('graceful', graceful)]);
    await run.said('waiting');
    run.kill('SIGTERM');
    const { code, signal, stdout } = await run.ended;
    expect([code, signal, stdout]).toEqual([3, null, 'waiting\nclosed\n']);
    expect(receiver.spans.filter(({ name }) => name === 'graceful').length).toBe(2);
  });
});

describe('a receiver that is down is not felt', () => {
  let nowhere: string;

  beforeAll(async () => {
    const gone = await startStandIn();
    nowhere = gone.url;
    await gone.close();
  });

  test.concurrent('the process ends as it would, with one warning', async () => {
    const { code, stdout, stderr } = await application.run([script('down', '', nowhere)]).ended;
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr.match(/Telemetry could not be sent/g)).toHaveLength(1);
    expect(stderr).toContain(`TelltaleWarning: Telemetry could not be sent to ${nowhere}/v1/`);
  });

  test.concurrent('a signal ends the process', async () => {
    const run = application.run([script('down-terminated', wait, nowhere)]);
    await run.said('waiting');
    run.kill('SIGINT');
    expect((await run.ended).signal).toBe('SIGINT');
  });

  test.concurrent('nor is one that accepts everything and answers nothing', async () => {
    const silent = await startStandIn({ receives: false });
    const hang = script('hung', 'setTimeout(() => console.log("done"), 300);', silent.url);
    const { code, stdout } = await application.run([hang], {
      OTEL_EXPORTER_OTLP_TIMEOUT: '400',
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_METRIC_EXPORT_INTERVAL: '30',
    }).ended;
    expect([code, stdout]).toEqual([0, 'done\n']);
    await silent.close();
  });
});

test.concurrent('a second signal does not wait for a receiver that hangs', async ({ expect }) => {
  const silent = await startStandIn({ receives: false });
  const run = application.run([script('twice', wait, silent.url)], { OTEL_EXPORTER_OTLP_TIMEOUT: '600000' });
  await run.said('waiting');
  run.kill('SIGTERM');
  // Once the exports have arrived, the process is waiting for their answers.
  await expect.poll(() => silent.exports.length).toBe(3);
  run.kill('SIGTERM');
  expect((await run.ended).signal).toBe('SIGTERM');
  await silent.close();
});

test.concurrent('a CommonJS application starts it too', async () => {
  const name = 'commonjs';
  const file = application.write(
    `${name}.cjs`,
    `const { start } = require(${JSON.stringify(new URL(telltaleUrl('node/index.ts')).pathname)});
     start({ endpoint: ${JSON.stringify(receiver.url)} });
     require('@opentelemetry/api').trace.getTracer('t').startSpan('${name}').end();`,
  );
  expect((await application.run([file]).ended).stderr).toBe('');
  expect(arrived(name)).toBe(1);
});

test.concurrent('without the SDK, start() says what to install', async () => {
  const bare = new Application({
    '@opentelemetry/api': '@opentelemetry/api',
    '@opentelemetry/sdk-node': '@opentelemetry/sdk-node',
    '@opentelemetry/sdk-trace': '@opentelemetry/sdk-trace',
    '@opentelemetry/resources': '@opentelemetry/resources',
  });
  const source = bare.bringTelltale();
  const file = bare.write(
    'app.mjs',
    `import { start } from '${source}node/index.ts';
     try { start(); } catch (error) { console.log(error.code, error.message); }`,
  );
  expect((await bare.run([file]).ended).stdout).toBe(
    'missing_package start() needs the OpenTelemetry SDK, of which @opentelemetry/sdk-metrics, ' +
      '@opentelemetry/sdk-logs, @opentelemetry/exporter-trace-otlp-http, @opentelemetry/exporter-metrics-otlp-http, ' +
      '@opentelemetry/exporter-logs-otlp-http are not installed here. Run: ' +
      'npm install @opentelemetry/sdk-metrics @opentelemetry/sdk-logs @opentelemetry/exporter-trace-otlp-http ' +
      '@opentelemetry/exporter-metrics-otlp-http @opentelemetry/exporter-logs-otlp-http\n',
  );
  bare.remove();
});

test.concurrent('exporters that the standard variables choose are used instead', async () => {
  const name = 'console-exporter';
  const file = application.write(
    `${name}.mjs`,
    `import { trace } from '@opentelemetry/api';
     import { start } from ${JSON.stringify(telltaleUrl('node/index.ts'))};
     start();
     trace.getTracer('t').startSpan('${name}').end();`,
  );
  const { stdout, code } = await application.run([file], {
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_METRICS_EXPORTER: 'none',
  }).ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`name: '${name}'`);
});
