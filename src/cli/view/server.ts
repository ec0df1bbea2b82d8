import { generateKeySync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { styles } from '../../../loadtest/report/html/styles.ts';
import { refusalOf, safeHeaders } from './guard.ts';
import { traceList } from './html/list.ts';
import { viewPage } from './html/page.ts';
import { noTrace, traceView } from './html/trace.ts';
import { readSelection, selected, totalsOf } from './selection.ts';
import type { Traces } from './traces.ts';

export interface ViewServer {
  /** With the token that it needs. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A browser of this machine sends its request at once, and never a body. */
const patience = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };

/**
 * Serves the page to browsers of this machine.
 *
 * @param port 0 for a free one
 * @throws an error of the system where the port is taken
 */
export async function serveTraces(traces: Traces, port: number): Promise<ViewServer> {
  // A key, because that is what it is: whoever has it may read the traces.
  const token = generateKeySync('hmac', { length: 128 }).export().toString('hex');
  const server = http.createServer(patience, (request, response) => {
    const send = ({ status, type, body }: Answer): void => {
      response.writeHead(status, { ...safeHeaders, 'content-type': `${type}; charset=utf-8` });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const { port: own } = server.address() as AddressInfo;
    const refusal = refusalOf(request, own, token);
    if (refusal) return send({ status: refusal.status, type: 'text/plain', body: `${refusal.says}\n` });
    answer(traces, request.url ?? '/', token).then(send, () =>
      send({ status: 500, type: 'text/plain', body: 'The traces cannot be read.\n' }),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}/${token}/`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const notFound: Answer = { status: 404, type: 'text/plain', body: 'Nothing is here.\n' };

async function answer(traces: Traces, target: string, token: string): Promise<Answer> {
  // The address is read as one of nowhere: it only needs a form.
  const { pathname, searchParams } = new URL(target, 'http://localhost');
  switch (pathname.slice(token.length + 1)) {
    case '/':
      return { status: 200, type: 'text/html', body: viewPage(traces.source.name) };
    case '/view.css':
      return { status: 200, type: 'text/css', body: `${styles}\n${beside('view.css')}` };
    case '/view.js':
      return { status: 200, type: 'text/javascript', body: beside('view.js') };
    case '/list':
      return await listAnswer(traces, searchParams);
    case '/trace':
      return await traceAnswer(traces, searchParams);
    default:
      return notFound;
  }
}

async function listAnswer(traces: Traces, query: URLSearchParams): Promise<Answer> {
  await traces.refresh();
  const version = String(traces.store.version);
  if (query.get('known') === version) return unchanged;
  const all = traces.store.summaries();
  const selection = readSelection(query);
  const found = selected(all, selection);
  return json({
    version,
    notes: traces.notes(),
    html: traceList(found, totalsOf(found), selection, all.length > 0).toString(),
    outcomes: [...new Set(all.map(({ outcome }) => outcome))].toSorted(),
    models: [...new Set(all.flatMap(({ models }) => models))].toSorted().slice(0, 500),
  });
}

async function traceAnswer(traces: Traces, query: URLSearchParams): Promise<Answer> {
  await traces.refresh();
  const traceId = query.get('id') ?? '';
  const summary = traces.store.summaryOf(traceId);
  const version = summary ? String(summary.spans + summary.spansLeftOut) : '0';
  if (query.get('known') === version) return unchanged;
  const view = summary ? traceView(summary, traces.store.spansOf(traceId) ?? []) : noTrace(traceId);
  return json({ version, notes: traces.notes(), html: view.toString() });
}

const unchanged: Answer = { status: 204, type: 'text/plain', body: '' };

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

function beside(name: string): string {
  return readFileSync(new URL(`./html/${name}`, import.meta.url), 'utf8');
}
