import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const file = pathToFileURL(path.resolve(import.meta.dirname, '../../bench/others/no-network.ts')).href;

test('a measured process connects to nothing, and says where it wanted to', async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.end('reached')).on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const script = `
    import http from 'node:http';
    import { forbidNetwork, triedConnections } from ${JSON.stringify(file)};
    const url = 'http://127.0.0.1:${port}/';
    const ask = [
      () => fetch(url).then((response) => response.text()),
      () => new Promise((resolve, reject) => http.get(url, resolve).on('error', reject)),
    ];
    if (process.argv[1] === 'forbidden') forbidNetwork();
    const answers = await Promise.allSettled(ask.map((one) => one()));
    console.log(JSON.stringify([answers.map(({ status }) => status), triedConnections()]));
    process.exit(0);
  `;
  const run = async (mode: string) => {
    const args = ['--input-type=module', '-e', script, mode];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as unknown;
  };
  expect(await run('free')).toEqual([['fulfilled', 'fulfilled'], []]);
  expect(connections).toBe(2);
  expect(await run('forbidden')).toEqual([['rejected', 'rejected'], [`127.0.0.1:${port}`]]);
  expect(connections).toBe(2);
}, 60_000);
