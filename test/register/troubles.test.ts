import { describe, expect, vi } from 'vitest';
import { patient } from '../node/application.ts';
import { ask, it, register } from './world.ts';

vi.setConfig(patient);

describe('whatever is wrong is one sentence, and the application runs', () => {
  const hello = `import OpenAI from 'openai'; ${ask} console.log(await ask(new OpenAI()));`;

  it.concurrent('a bad TELLTALE_ variable', async ({ world }) => {
    const { application } = world;
    application.link('openai', 'openai');
    const ended = await world.run([...register, application.write('app.mjs', hello)], {
      TELLTALE_CONTENT: 'ful',
    });
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'Hello.\n',
      stderr:
        "telltale/register: Expected `TELLTALE_CONTENT` to be 'none' or 'redacted' or 'full', got `\"ful\"` (string). Did you mean 'full'? Nothing is observed.\n",
    });
    expect(world.standIn.exports).toEqual([]);
  });

  it.concurrent('a bad OTEL_ variable', async ({ world }) => {
    const { application } = world;
    application.link('openai', 'openai');
    const ended = await world.run([...register, application.write('app.mjs', hello)], {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318',
    });
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'Hello.\n',
      stderr:
        'telltale/register: Expected `OTEL_EXPORTER_OTLP_ENDPOINT` to be an HTTP URL such as \'http://127.0.0.1:4318\', got `"localhost:4318"` (string). No telemetry is sent.\n',
    });
  });

  it.concurrent('no OpenTelemetry SDK installed', async ({ world }) => {
    const { application } = world;
    application.link('openai', 'openai');
    application.link('@opentelemetry/api', '@opentelemetry/api');
    const source = application.bringTelltale();
    const file = application.write('app.mjs', hello);
    const { code, stdout, stderr } = await world.run(['--import', `${source}register.ts`, file]);
    expect([code, stdout]).toEqual([0, 'Hello.\n']);
    expect(stderr).toMatch(/^telltale\/register: start\(\) needs the OpenTelemetry SDK.*\n$/);
    expect(stderr).toContain('npm install @opentelemetry/sdk-node ');
  });

  it.concurrent('an openai that Telltale does not know', async ({ world }) => {
    const { application } = world;
    application.write(
      'node_modules/openai/package.json',
      '{"name": "openai", "version": "4.104.0", "main": "index.js"}',
    );
    application.write('node_modules/openai/index.js', 'module.exports = class OpenAI {};');
    const file = application.write('app.mjs', `import OpenAI from 'openai'; console.log(new OpenAI());`);
    const { code, stdout, stderr } = await world.run([...register, file]);
    expect([code, stdout]).toEqual([0, 'OpenAI {}\n']);
    expect(stderr).toMatch(
      /^telltale\/register: openai 4\.104\.0 is not observed: Telltale observes openai 6 and 7\. \(.*\)\n$/,
    );
  });

  it.concurrent('no openai at all is the error it always was', async ({ world }) => {
    const { application } = world;
    const file = application.write(
      'app.mjs',
      `await import('openai').catch(({ code }) => console.log(code));`,
    );
    expect(await world.run([...register, file])).toMatchObject({
      stdout: 'ERR_MODULE_NOT_FOUND\n',
      stderr: '',
    });
  });

  it.concurrent('another package under the name of openai is left alone', async ({ world }) => {
    const { application } = world;
    application.write(
      'node_modules/openai/package.json',
      '{"name": "another", "version": "1.0.0", "main": "index.js"}',
    );
    application.write('node_modules/openai/index.js', 'module.exports = 42;');
    const file = application.write('app.cjs', `console.log(require('openai'));`);
    expect(await world.run([...register, file])).toMatchObject({ stdout: '42\n', stderr: '' });
  });
});
