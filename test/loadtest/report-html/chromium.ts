/** A headless Chromium by its DevTools protocol, with nothing but what Node brings along. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'chrome.exe',
];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of an installed Chromium (`CHROMIUM`, then `PATH`, then the usual places). */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const asked = process.env['CHROMIUM'];
  return [...(asked ? [asked] : []), ...onPath, ...PLACES].find((file) => existsSync(file));
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export interface Tab {
  /** Every event since the tab was opened. */
  readonly events: readonly Message[];
  readonly send: (method: string, params?: object) => Promise<Readonly<Record<string, unknown>>>;
  readonly next: (method: string) => Promise<void>;
  /** The value of an expression in the page. */
  readonly evaluate: (expression: string) => Promise<unknown>;
}

export interface Browser {
  readonly openTab: () => Promise<Tab>;
  readonly close: () => Promise<void>;
}

export async function startChromium(executable: string): Promise<Browser> {
  const profile = mkdtempSync(path.join(tmpdir(), 'telltale-chromium-'));
  const child = spawn(executable, [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ]);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = new URL(await debuggerAddress(child));
  return {
    openTab: async () => {
      const opened = await fetch(`http://${address.host}/json/new?about:blank`, { method: 'PUT' });
      const { webSocketDebuggerUrl } = (await opened.json()) as { webSocketDebuggerUrl: string };
      return connect(webSocketDebuggerUrl);
    },
    close: async () => {
      child.kill();
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Chromium writes where it listens to its error stream. */
function debuggerAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code}: ${said}`)));
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}

async function connect(url: string): Promise<Tab> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const events: Message[] = [];
  const waiting = new Map<number | string, (message: Message) => void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.method !== undefined) events.push(message);
    const key = message.id ?? message.method ?? '';
    const settle = waiting.get(key);
    waiting.delete(key);
    settle?.(message);
  });
  let lastId = 0;
  const send = (method: string, params: object = {}) => {
    lastId += 1;
    const id = lastId;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      waiting.set(id, ({ result, error }) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
    });
  };
  return {
    events,
    send,
    next: (method) => new Promise((resolve) => waiting.set(method, () => resolve())),
    evaluate: async (expression) => {
      const { result } = await send('Runtime.evaluate', { expression, returnByValue: true });
      return (result as { value?: unknown }).value;
    },
  };
}
