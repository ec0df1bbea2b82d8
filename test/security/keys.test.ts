import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI, { AzureOpenAI } from 'openai';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { callWith, fileAuditStore, fileBudgetStore, observe, telltale } from '../../src/index.ts';
import { inspected, listen } from './support.ts';

/*
 * Every secret that a process can hold is one of these, each found nowhere else; then all options are on, the provider echoes
 * what it is sent, in every place that it has, and everything that was written, said or told is searched for them.
 */

const canaries = {
  key: 'sk-proj-Canary0key1abcdefghijkl',
  dynamicKey: 'sk-Canary0dynamic1abcdefgh',
  azureKey: 'sk-Canary0azure1abcdefgh',
  organization: 'org-Canary0organization1',
  project: 'proj_Canary0project1',
  webhookSecret: 'whsec_Canary0webhook1',
  query: 'Canary0query1',
  header: 'Canary0header1',
  cookie: 'Canary0cookie1',
  adminKey: 'sk-admin-Canary0admin1abcdef',
} as const;

/** The key in the prompt is another one than that of the client. */
const pasted = 'sk-proj-Canary0pasted1abcdefghij';

function directory(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-security-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything in a folder, names of files included. */
function everythingIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => {
      const file = path.join(folder, name);
      return `${name}\n${statSync(file).isDirectory() ? everythingIn(file) : readFileSync(file, 'utf8')}`;
    })
    .join('\n');
}

function keyOf({ headers }: IncomingMessage): string {
  return String(headers.authorization ?? headers['api-key'] ?? '').replace('Bearer ', '');
}

/** A provider that says back what it was sent, wherever it can. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const key = keyOf(request);
      const asked = Buffer.concat(pieces).toString('utf8');
      const headers = {
        'content-type': 'application/json',
        'x-request-id': key,
        'openai-organization': canaries.organization,
        'openai-project': canaries.project,
        'set-cookie': `session=${canaries.cookie}`,
        'x-ratelimit-limit-tokens': key,
        'retry-after': key,
        'www-authenticate': `Bearer realm="${key}"`,
      };
      if (asked.includes('"fail"')) {
        const error = {
          message: `Incorrect API key provided: ${key}. Header: authorization: Bearer ${key}`,
          type: key,
          code: key,
          param: key,
        };
        response.writeHead(401, headers).end(JSON.stringify({ error }));
        return;
      }
      if (asked.includes('"stream":true')) {
        response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
        const chunk = (delta: object, finish_reason: string | null = null) =>
          `data: ${JSON.stringify({ id: key, model: key, system_fingerprint: key, service_tier: key, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
        response.end(
          `${chunk({ role: 'assistant', content: `Your key is ${key}` })}${chunk({}, key)}data: [DONE]\n\n`,
        );
        return;
      }
      const text = `Your key is ${key}`;
      const usage = {
        prompt_tokens: 3,
        completion_tokens: 1,
        input_tokens: 3,
        output_tokens: 1,
        total_tokens: 4,
      };
      response.writeHead(200, headers).end(
        JSON.stringify({
          id: key,
          object: key,
          status: request.url?.includes('responses') ? 'completed' : key,
          model: key,
          service_tier: key,
          system_fingerprint: key,
          usage,
          results: [{ flagged: false, categories: {}, category_scores: {} }],
          choices: [
            {
              index: 0,
              finish_reason: key,
              message: {
                role: 'assistant',
                content: text,
                tool_calls: [
                  { id: key, type: 'function', function: { name: key, arguments: JSON.stringify({ key }) } },
                ],
              },
            },
          ],
          output: [
            {
              id: key,
              type: 'message',
              role: 'assistant',
              status: 'completed',
              content: [{ type: 'output_text', text, annotations: [] }],
            },
          ],
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function secretsOf(baseURL: string) {
  return {
    baseURL,
    apiKey: canaries.key,
    adminAPIKey: canaries.adminKey,
    organization: canaries.organization,
    project: canaries.project,
    webhookSecret: canaries.webhookSecret,
    defaultQuery: { token: canaries.query },
    defaultHeaders: { 'x-secret': canaries.header, 'proxy-authorization': `Basic ${canaries.header}` },
    maxRetries: 0,
  };
}

const question = [{ role: 'user' as const, content: `My key is ${pasted}` }];

async function everyKindOfCall(openai: OpenAI): Promise<void> {
  const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch(() => {});
  await quietly(
    openai.chat.completions.create({ model: 'gpt-5-mini', messages: question, max_completion_tokens: 9 }),
  );
  await quietly(
    openai.chat.completions.create({ model: 'fail', messages: question, max_completion_tokens: 9 }),
  );
  // Whoever mixes up two variables asks for a model of this name.
  await quietly(
    openai.chat.completions.create({ model: canaries.key, messages: question, max_completion_tokens: 9 }),
  );
  await quietly(openai.responses.create({ model: 'gpt-5-mini', input: question, max_output_tokens: 9 }));
  await quietly(openai.embeddings.create({ model: 'text-embedding-3-small', input: pasted }));
  await quietly(openai.files.retrieve(canaries.key));
  await quietly(
    openai.post(`https://user:${canaries.key}@127.0.0.1:1/v1/x?key=${canaries.query}`, { body: {} }),
  );
  const stream = (await quietly(
    openai.chat.completions.create({
      model: 'gpt-5-mini',
      messages: question,
      max_completion_tokens: 9,
      stream: true,
    }),
  )) as AsyncIterable<unknown> | undefined;
  if (stream) for await (const _chunk of stream);
}

function missed(text: string): readonly string[] {
  return [...Object.values(canaries), pasted].filter((secret) => text.includes(secret));
}

describe.each(['none', 'redacted', 'full'] as const)('with all options on and content: %j', (content) => {
  it('no secret is in any span, metric, log record, line, warning, figure or file', async () => {
    const told = listen();
    const folder = directory();
    const said: string[] = [];
    const say = (...all: unknown[]): void => {
      said.push(inspected(all));
    };
    vi.spyOn(process, 'emitWarning').mockImplementation(say as never);
    for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, name).mockImplementation(say);
    const url = await startEcho();
    const options = {
      content,
      log: { info: say, warn: say, error: say },
      limits: [
        { requests: 1_000, per: 'minute' as const },
        { tokens: 1e6, per: 'minute' as const, scope: 'user' as const },
      ],
      budget: { usd: 100, per: 'day' as const, unpriced: 'allow' as const },
      budgetStore: fileBudgetStore(path.join(folder, 'budget.jsonl')),
      breaker: {},
      retry: { maxAttempts: 1 },
      audit: { store: fileAuditStore(path.join(folder, 'audit')), hashUsersWith: 'Canary0hash1abcdef' },
      alerts: { onAlert: say } as object,
    };
    const clients: OpenAI[] = [
      observe(new OpenAI(secretsOf(url)), options),
      observe(new OpenAI({ ...secretsOf(url), apiKey: async () => canaries.dynamicKey }), { content }),
      observe(
        new AzureOpenAI({ baseURL: url, apiKey: canaries.azureKey, apiVersion: '2025-01-01', maxRetries: 0 }),
        { content },
      ),
    ];
    for (const openai of clients)
      await callWith({ user: 'u', tags: { feature: 'f' } }, () => everyKindOfCall(openai));
    for (const openai of clients) {
      const handle = telltale(openai);
      said.push(
        inspected([
          handle,
          handle.stats(),
          handle.health(),
          handle.budget(),
          await handle.audit().catch(() => []),
        ]),
      );
      await handle.close();
    }
    const everything = [await told.text(), said.join('\n'), everythingIn(folder)].join('\n');
    expect(everything).toContain('gpt-5-mini');
    expect(missed(everything)).toEqual([]);
    expect(everything).not.toContain('Canary0hash1');
  });
});

describe('an error that a caller gets', () => {
  it('says of keys nothing that the bare client does not say', async () => {
    listen();
    const url = await startEcho();
    const shown = async (openai: OpenAI): Promise<string> => {
      const error: unknown = await openai.chat.completions
        .create({ model: 'fail', messages: question })
        .catch((thrown: unknown) => thrown);
      return inspected(error);
    };
    const bare = await shown(new OpenAI(secretsOf(url)));
    const ours = await shown(
      observe(new OpenAI(secretsOf(url)), { content: 'full', limits: [{ requests: 9, per: 'minute' }] }),
    );
    const times = (text: string): number => text.split('Canary0').length;
    expect(times(ours)).toBe(times(bare));
  });

  it('has no secret in it when it is ours', async () => {
    listen();
    const url = await startEcho();
    const openai = observe(new OpenAI(secretsOf(url)), {
      limits: [{ requests: 1, per: 'day' }],
      queue: { maxWaiting: 0 } as object,
      budget: { usd: 0.000_001, per: 'day' },
      content: 'full',
    });
    for (let call = 0; call < 3; call++) {
      const error: unknown = await openai.chat.completions
        .create({ model: 'gpt-5', messages: question, max_completion_tokens: 1_000 })
        .catch((thrown: unknown) => thrown);
      if (error instanceof Error) expect(missed(inspected(error.cause))).toEqual([]);
    }
  });
});
