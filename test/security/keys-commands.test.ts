import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { collectorFromEnv, createForwarder } from '../../loadtest/otlp/forward.ts';
import { readTargetOptions } from '../../loadtest/target/options.ts';
import { observe } from '../../src/index.ts';
import { settle } from '../../src/node/settings.ts';
import { analyseDocument, fileRecords, readDocument } from '../../src/patterns/index.ts';
import { temporaryDirectory } from '../cli/support/filled-audit.ts';
import { type Ran, runCommand } from '../cli/support/run-command.ts';

/* Secrets in the environment and on the command line, and keys that a provider says back to a command or in an error. */

const key = 'sk-proj-Canary0key1abcdefghijkl';
const canary = /Canary0/;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Refuses everything, and says why with the whole key, as some gateways do. */
async function startRefusing(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    const message = `Incorrect API key provided: ${key}. You sent authorization: Bearer ${key}\u001b[2J`;
    response
      .writeHead(401, { 'content-type': 'application/json', 'x-request-id': key })
      .end(JSON.stringify({ error: { message, type: 'invalid_request_error', code: 'invalid_api_key' } }));
  });
  return `http://127.0.0.1:${await listening(server)}/v1`;
}

function everythingIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => {
      const file = path.join(folder, name);
      return `${name}\n${statSync(file).isDirectory() ? everythingIn(file) : readFileSync(file, 'utf8')}`;
    })
    .join('\n');
}

const secretEnv = {
  OPENAI_API_KEY: key,
  OPENAI_ORG_ID: 'org-Canary0organization',
  OPENAI_PROJECT_ID: 'proj_Canary0project',
  OPENAI_WEBHOOK_SECRET: 'whsec_Canary0webhook',
  OPENAI_ADMIN_KEY: 'sk-admin-Canary0admin1abcdef',
  REDIS_URL: 'redis://user:Canary0redis@127.0.0.1:1',
  HTTPS_PROXY: 'http://user:Canary0proxy@127.0.0.1:1',
  OTEL_EXPORTER_OTLP_HEADERS: 'api-key=Canary0otlp',
};

describe('a command with every secret in its environment', () => {
  it('shows none of them, nor writes it, when the provider says the key back', {
    timeout: 120_000,
  }, async () => {
    const folder = temporaryDirectory();
    writeFileSync(
      path.join(folder, 'in.jsonl'),
      '{"custom_id":"a","body":{"model":"gpt-5-mini","input":"Hi"}}\n',
    );
    writeFileSync(path.join(folder, 'doc.txt'), 'A few words to analyse.\n');
    const env = { ...secretEnv, OPENAI_BASE_URL: await startRefusing() };
    const run = (...args: string[]): Promise<Ran> => runCommand(args, { env, cwd: folder, input: 'Hello\n' });
    const data = ['--data', path.join(folder, 'data')];
    const ran = await Promise.all([
      run('chat', ...data, '--json'),
      run('analyze', ...data, '--yes', '--json', 'doc.txt'),
      run('batch', ...data, '--yes', '--endpoint', '/v1/responses', 'in.jsonl'),
    ]);
    const shown = ran.map(({ out, err }) => out + err).join('\n');
    expect(shown).toContain('does not accept the API key');
    expect(shown).not.toMatch(canary);
    // biome-ignore lint/complexity/useRegexLiterals: an escape as a literal is refused
    expect(shown).not.toMatch(new RegExp('\\x1b\\[2J'));
    expect(everythingIn(folder)).not.toMatch(canary);
  });
});

describe('a report of an analysis of which a part failed', () => {
  it('has no key of the error in it, nor has what is kept', async () => {
    const folder = temporaryDirectory();
    const error = { message: `Incorrect API key provided: ${key}.`, code: 'server_error' };
    const answered = {
      id: 'resp_1',
      object: 'response',
      status: 'failed',
      error,
      output: [],
      model: 'gpt-5-mini',
    };
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
    });
    const baseURL = `http://127.0.0.1:${await listening(server)}/v1`;
    const openai = observe(new OpenAI({ apiKey: key, baseURL, maxRetries: 0 }));
    const document = await readDocument({ name: 'a.txt', data: 'A few words.\n' });
    const made: unknown = await analyseDocument(document, {
      client: openai,
      model: 'gpt-5-mini',
      store: fileRecords(folder),
      via: 'direct',
      onPartFailed: 'skip',
    }).catch((thrown: unknown) => thrown);
    const shown = made instanceof Error ? made.message : JSON.stringify(made);
    expect(shown).toContain('Incorrect API key provided');
    expect(shown).not.toMatch(canary);
    expect(everythingIn(folder)).not.toMatch(canary);
  });
});

describe('an address with a password or a token in it', () => {
  const endpoint = 'http://user:Canary0password@127.0.0.1:1/otlp?token=Canary0token';

  it('is not said where a collector does not answer', async () => {
    const said: string[] = [];
    const forwarder = createForwarder({
      endpoint,
      headers: {},
      say: (message) => said.push(message),
      timeoutMs: 2_000,
    });
    forwarder.forward('/v1/traces', '{}');
    await forwarder.flush(5_000);
    expect(said).toHaveLength(1);
    expect(said.join()).not.toMatch(canary);
  });

  it('is not said where it is no address', () => {
    const messageOf = (work: () => unknown): string => {
      try {
        work();
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const wrong = endpoint.replace('http:', 'htp:');
    const messages = [
      messageOf(() => collectorFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: wrong })),
      messageOf(() => settle({}, { OTEL_EXPORTER_OTLP_ENDPOINT: wrong })),
      messageOf(() => settle({ endpoint: wrong }, {})),
      messageOf(() => readTargetOptions(['--target', wrong], () => 1)),
      messageOf(() =>
        readTargetOptions(['--target', 'http://a/', '--header', 'authorization Canary0header'], () => 1),
      ),
    ];
    expect(messages.every((message) => message !== '')).toBe(true);
    expect(messages.join('\n')).not.toMatch(canary);
  });
});
