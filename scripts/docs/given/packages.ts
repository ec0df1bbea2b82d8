/** Names of other packages that snippets use without an import, because their page has shown it, or everybody knows it. */
export { writeFile } from 'node:fs/promises';
export { createServer } from 'node:http';
export { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
export { NodeSDK } from '@opentelemetry/sdk-node';
export { Redis } from 'ioredis';
export { AzureOpenAI, default as OpenAI } from 'openai';
export { pino } from 'pino';
