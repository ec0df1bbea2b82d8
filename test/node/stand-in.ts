import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly attributes?: readonly Attribute[];
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly scope: string;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

export interface ReceivedLog {
  readonly body?: { readonly stringValue?: string };
  readonly severityText?: string;
  readonly eventName?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: readonly Attribute[];
}

interface Batch {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly Omit<ReceivedSpan, 'scope'>[];
    }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly ReceivedMetric[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly ReceivedLog[] }[];
  }[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly histogram?: { readonly dataPoints: readonly { readonly explicitBounds: readonly number[] }[] };
}

/** A provider that answers every chat, and an OTLP receiver, on one port of this machine. */
export interface StandIn {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly metrics: ReceivedMetric[];
  readonly logs: ReceivedLog[];
  /** String attributes of the last resource that came with spans. */
  readonly resource: Record<string, string>;
  readonly chats: { readonly body: Record<string, unknown>; readonly headers: http.IncomingHttpHeaders }[];
  /** Headers of each export. */
  readonly exports: http.IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** `receives: false` accepts exports and never answers them; `gate` is waited for before each answer to one. `port` is any by default. */
export async function startStandIn({
  receives = true,
  gate,
  port = 0,
}: {
  readonly receives?: boolean;
  readonly gate?: Promise<void>;
  readonly port?: number;
} = {}): Promise<StandIn> {
  const standIn = {
    spans: [] as ReceivedSpan[],
    metrics: [] as ReceivedMetric[],
    logs: [] as ReceivedLog[],
    resource: {} as Record<string, string>,
    chats: [] as { body: Record<string, unknown>; headers: http.IncomingHttpHeaders }[],
    exports: [] as http.IncomingHttpHeaders[],
  };
  const server = http.createServer((request, response) => {
    void readBody(request).then(async (body) => {
      if (request.url?.endsWith('/chat/completions')) {
        standIn.chats.push({ body, headers: request.headers });
        return answer(response, chatCompletion);
      }
      standIn.exports.push(request.headers);
      if (!receives) return;
      await gate;
      takeBatch(standIn, body);
      answer(response, {});
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...standIn,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function takeBatch(standIn: Pick<StandIn, 'spans' | 'metrics' | 'logs' | 'resource'>, batch: Batch): void {
  for (const { resource, scopeSpans } of batch.resourceSpans ?? []) {
    for (const { key, value } of resource.attributes) {
      if (value.stringValue !== undefined) standIn.resource[key] = value.stringValue;
    }
    for (const { scope, spans } of scopeSpans) {
      standIn.spans.push(...spans.map((span) => ({ ...span, scope: scope.name })));
    }
  }
  for (const { scopeMetrics } of batch.resourceMetrics ?? []) {
    standIn.metrics.push(...scopeMetrics.flatMap(({ metrics }) => metrics));
  }
  for (const { scopeLogs } of batch.resourceLogs ?? []) {
    standIn.logs.push(...scopeLogs.flatMap(({ logRecords }) => logRecords));
  }
}

async function readBody(request: http.IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
}

function answer(response: http.ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const chatCompletion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-5-mini',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
