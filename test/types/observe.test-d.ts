import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import OpenAI, { type AzureOpenAI } from 'openai';
import OpenAI6, { type AzureOpenAI as AzureOpenAI6 } from 'openai-v6';
import type OpenAI60 from 'openai-v6-0';
import type { AzureOpenAI as AzureOpenAI60 } from 'openai-v6-0';
import { type Logger, pino } from 'pino';
import { expectTypeOf } from 'vitest';
import {
  type AlertLogLine,
  type AuditRow,
  type CallLogger,
  type CallLogLine,
  type ConditionLogLine,
  type Health,
  observe,
  type TelltaleHandle,
  telltale,
} from '../../src/index.ts';
import { start, watchExporters } from '../../src/node/index.ts';

// Checked by `tsc`: this file is never run.

class Company extends OpenAI {
  readonly team = 'blue';
}
class Company6 extends OpenAI6 {
  readonly team = 'blue';
}

declare const seven: OpenAI;
declare const azure: AzureOpenAI;
declare const company: Company;
declare const six: OpenAI6;
declare const azure6: AzureOpenAI6;
declare const company6: Company6;
declare const sixZero: OpenAI60;
declare const azure60: AzureOpenAI60;

// What comes back has exactly the type that went in.
expectTypeOf(observe(seven)).toEqualTypeOf<OpenAI>();
expectTypeOf(observe(azure)).toEqualTypeOf<AzureOpenAI>();
expectTypeOf(observe(company)).toEqualTypeOf<Company>();
expectTypeOf(observe(six)).toEqualTypeOf<OpenAI6>();
expectTypeOf(observe(azure6)).toEqualTypeOf<AzureOpenAI6>();
expectTypeOf(observe(company6)).toEqualTypeOf<Company6>();
expectTypeOf(observe(sixZero)).toEqualTypeOf<OpenAI60>();
expectTypeOf(observe(azure60)).toEqualTypeOf<AzureOpenAI60>();
expectTypeOf(observe(new OpenAI(), {})).toEqualTypeOf<OpenAI>();

// Calls and what they give keep their types through it.
const chat = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hi' }] };
expectTypeOf(observe(seven).chat.completions.create(chat)).toEqualTypeOf(seven.chat.completions.create(chat));
expectTypeOf(observe(six).chat.completions.create({ ...chat, stream: true })).toEqualTypeOf(
  six.chat.completions.create({ ...chat, stream: true }),
);
expectTypeOf(observe(company).withOptions).toEqualTypeOf(company.withOptions);

expectTypeOf(telltale(azure60)).toEqualTypeOf<TelltaleHandle>();
expectTypeOf(telltale(seven).health()).toEqualTypeOf<Health>();
expectTypeOf(telltale(seven).health().status).toEqualTypeOf<'ok' | 'degraded' | 'down'>();
expectTypeOf(telltale(seven).health().checks['exporter']?.status).toEqualTypeOf<
  'ok' | 'degraded' | 'down' | 'unknown' | undefined
>();

// Every exporter of the SDK can be watched, and stays what it is; what watches may be given to `observe`.
declare const spans: SpanExporter;
declare const measurements: OTLPMetricExporter;
declare const records: LogRecordExporter;
const watch = watchExporters();
expectTypeOf(watch.watch('traces', spans)).toEqualTypeOf<SpanExporter>();
expectTypeOf(watch.watch('metrics', measurements)).toEqualTypeOf<OTLPMetricExporter>();
expectTypeOf(watch.watch('logs', records)).toEqualTypeOf<LogRecordExporter>();
// @ts-expect-error: not a signal
watch.watch('spans', spans);
observe(new OpenAI(), { exporter: watch });
observe(new OpenAI(), { exporter: start().exporter });
// @ts-expect-error: nothing that could say how it is
observe(new OpenAI(), { exporter: spans });
expectTypeOf(telltale(seven).audit({ by: ['day', 'tag:feature'] })).resolves.toEqualTypeOf<
  readonly AuditRow[]
>();
// @ts-expect-error nothing is told apart by that
telltale(seven).audit({ by: ['feature'] });
expectTypeOf(observe(seven, { streamUsage: 'ask' })).toEqualTypeOf<OpenAI>();

expectTypeOf(
  observe(seven, { content: 'redacted', contentMaxBytes: 4096, redact: (text) => text.trim() }),
).toEqualTypeOf<OpenAI>();

// @ts-expect-error a client is an object
observe('sk-test');
// @ts-expect-error an unknown option
observe(seven, { streamusage: 'ask' });
// @ts-expect-error a wrong value
observe(seven, { streamUsage: 'always' });

// Whatever takes the fields first and the message second is a logger.
declare const child: Logger<'audit'>;
observe(seven, { log: pino() });
observe(seven, { log: child });
observe(seven, { log: pino().child({ service: 'shop' }) });
observe(seven, { log: console });
declare const own: Record<
  'info' | 'warn' | 'error',
  (fields: Record<string, unknown>, message: string) => void
>;
observe(seven, { log: own });
declare const forgetful: Record<'info' | 'warn' | 'error', (fields: object) => Promise<void>>;
observe(seven, { log: forgetful });
expectTypeOf<Parameters<CallLogger['warn']>[0]>().toEqualTypeOf<
  CallLogLine | AlertLogLine | ConditionLogLine
>();
declare const callsOnly: Record<'info' | 'warn' | 'error', (fields: CallLogLine, message: string) => void>;
observe(seven, { log: callsOnly, alerts: {} });
expectTypeOf<CallLogLine['costUsd']>().toEqualTypeOf<number | undefined>();

// @ts-expect-error a logger without `warn`
observe(seven, { log: { info: own.info, error: own.error } });
declare const messageFirst: Record<'info' | 'warn' | 'error', (message: string, fields: object) => void>;
// @ts-expect-error one that takes the message first
observe(seven, { log: messageFirst });
// @ts-expect-error a function is no logger
observe(seven, { log: console.log });
// @ts-expect-error a wrong mode
observe(seven, { content: 'all' });
// @ts-expect-error a function that has to be waited for
observe(seven, { content: 'redacted', redact: async (text: string) => text });
