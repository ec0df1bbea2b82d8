import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallLogLine } from '../../src/index.ts';
import { observe } from '../../src/index.ts';
import type { Doors } from '../../src/wrap/doors.ts';
import { chatBody } from '../contract/answers.ts';
import { chatParams } from '../contract/contract-case.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A provider whose first answer stops in the middle, where `stalls`. */
async function provider(stalls: boolean): Promise<string> {
  let answers = 0;
  const made = createServer((request, response) => {
    request.resume();
    answers += 1;
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': `req_${answers}` });
    if (stalls && answers === 1) response.write('{"id":');
    else response.end(JSON.stringify(chatBody));
  });
  server = made;
  await new Promise<void>((listening) => made.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/v1`;
}

/** An observed client inside of a wrapper of somebody else's, which hands on a copy of what it gets. */
async function stacked(stalls: boolean): Promise<{ client: OpenAI; lines: CallLogLine[] }> {
  const lines: CallLogLine[] = [];
  const keep = (line: object): unknown => lines.push(line as CallLogLine);
  const client = new OpenAI({
    apiKey: 'sk-test',
    baseURL: await provider(stalls),
    // Only the answer that stalls takes so long.
    timeout: stalls ? 1_000 : 20_000,
    maxRetries: 1,
    logLevel: 'off',
  });
  observe(client, { log: { info: keep, warn: keep, error: keep } });
  const doors = client as unknown as Doors;
  const { makeRequest } = doors;
  doors.makeRequest = async (...args) => ({ ...(await makeRequest.apply(client, args)) });
  return { client, lines };
}

describe('props that somebody else has copied, on openai 7', () => {
  it.each([
    [false, 1],
    [true, 2],
  ])('are parsed as they are without Telltale, and told of; stalled first: %s', async (stalls, attempts) => {
    const { client, lines } = await stacked(stalls);
    const { data, request_id } = await client.chat.completions.create(chatParams).withResponse();
    expect(data.choices).toEqual(chatBody.choices);
    expect(request_id).toBe(`req_${attempts}`);
    expect(lines).toEqual([expect.objectContaining({ outcome: 'ok', attempts, inputTokens: 10 })]);
  });

  it('look, uncopied, as those of openai', async () => {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: await provider(false) });
    const doors = client as unknown as Doors;
    const ask = (): ReturnType<Doors['makeRequest']> =>
      doors.makeRequest({ method: 'post', path: '/chat/completions', body: chatParams }, 0, undefined);
    const bare = await ask();
    observe(client);
    const seen = await ask();
    expect(Object.keys(seen)).toEqual(Object.keys(bare));
    expect(Object.getOwnPropertySymbols(seen)).toEqual([]);
    await Promise.all([bare.response.text(), seen.response.text()]);
  });
});
