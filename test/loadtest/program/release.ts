import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a stand-in k6 prints; a `#!` line makes it a program where there are shells. */
export const standInProgram = '#!/bin/sh\necho "k6 v1.8.1 (stand-in)"\n';

/** A directory that is removed at the end of the test. */
export function temporaryDirectory(onEnd: (task: () => void) => void): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-k6-'));
  onEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An archive as a release has it: one directory with the archive's name, and the program in it. */
export function makeArchive(
  directory: string,
  archive: string,
  program = 'k6',
  text = standInProgram,
): Buffer {
  const stem = archive.replace(/\.(tar\.gz|zip)$/, '');
  mkdirSync(path.join(directory, stem));
  writeFileSync(path.join(directory, stem, program), text, { mode: 0o755 });
  const pack = archive.endsWith('.zip') ? ['zip', '-qr', archive, stem] : ['tar', '-czf', archive, stem];
  const [tool = '', ...args] = pack;
  execFileSync(tool, args, { cwd: directory });
  return readFileSync(path.join(directory, archive));
}

export function checksumsOf(files: Readonly<Record<string, Buffer>>): string {
  const lines = Object.entries(files).map(
    ([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`,
  );
  return lines.join('');
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Site {
  /** With a slash at its end. */
  readonly base: string;
  /** Paths asked for so far. */
  readonly asked: string[];
}

/** Serves `pages` by path: bytes, text, or a handler; 404 for everything else. */
export async function startSite(
  pages: Readonly<Record<string, Buffer | string | Handler>>,
  onEnd: (task: () => void) => void,
): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    asked.push(name);
    const page = pages[name];
    if (typeof page === 'function') return page(request, response);
    response.statusCode = page === undefined ? 404 : 200;
    response.end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}
