import { describe, expect, it } from 'vitest';
import { observeOptionsFrom } from '../../src/register/environment.ts';

const otel = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';

describe('the options that the environment gives', () => {
  it.each([
    [{}, undefined],
    [{ TELLTALE_STREAM_USAGE: '', TELLTALE_CONTENT: ' ', TELLTALE_CONTENT_MAX_BYTES: '' }, undefined],
    [{ TELLTALE_STREAM_USAGE: 'ask' }, { streamUsage: 'ask' }],
    [{ TELLTALE_CONTENT: 'none' }, { content: 'none' }],
    [
      { TELLTALE_CONTENT: 'full', TELLTALE_CONTENT_MAX_BYTES: '4096' },
      { content: 'full', contentMaxBytes: 4096 },
    ],
    [{ [otel]: 'true' }, { content: 'redacted' }],
    [{ [otel]: 'SPAN_ONLY' }, { content: 'redacted' }],
    [{ [otel]: 'span_and_event' }, { content: 'redacted' }],
    [{ [otel]: 'EVENT_ONLY' }, undefined],
    [{ [otel]: 'NO_CONTENT' }, undefined],
    [{ [otel]: 'false' }, undefined],
    [{ [otel]: 'yes please' }, undefined],
    [{ [otel]: 'true', TELLTALE_CONTENT: 'none' }, { content: 'none' }],
    [{ [otel]: 'true', TELLTALE_CONTENT: 'full' }, { content: 'full' }],
  ])('of %j are %j', (environment, options) => {
    expect(observeOptionsFrom(environment)).toEqual(options);
  });

  it.each([
    [
      { TELLTALE_CONTENT: 'all' },
      "Expected `TELLTALE_CONTENT` to be 'none' or 'redacted' or 'full', got `\"all\"` (string)",
    ],
    [
      { TELLTALE_CONTENT_MAX_BYTES: '12' },
      'Expected `TELLTALE_CONTENT_MAX_BYTES` to be an integer of at least 1024, got `12` (number)',
    ],
    [
      { TELLTALE_CONTENT_MAX_BYTES: 'many' },
      'Expected `TELLTALE_CONTENT_MAX_BYTES` to be an integer of at least 1024, got `"many"` (string)',
    ],
  ])('in %j are wrong, in a sentence', (environment, message) => {
    expect(() => observeOptionsFrom(environment)).toThrow(message);
  });
});
