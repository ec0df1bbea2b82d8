import { registerHooks } from 'node:module';
import type OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import { factsIn } from '../../floor/book.ts';
import { installed } from '../install.ts';
import { type Listener, listeningSink } from '../listened.ts';
import type { Wrapper } from '../wrapper.ts';

type Event = Readonly<Record<string, unknown>>;

interface PostHog {
  capture(event: Event): void;
  setPersistedProperty(key: 'queue', value: readonly unknown[]): void;
}

type PostHogClass = new (apiKey: string, options: object) => PostHog;
type PostHogOpenAIClass = new (options: ClientOptions & { posthog: PostHog }) => OpenAI;

/** It wants openai 6. It captures events, which wait in a queue to be sent; the queue is emptied instead. */
export const posthog: Wrapper = {
  name: 'posthog',
  packageName: '@posthog/ai',
  openai: 'openai-v6',
  openTelemetry: false,
  setUp: ({ clientOptions }) => {
    registerHooks({
      resolve: (specifier, context, next) => next(specifier.replace(/^openai(?=$|\/)/, 'openai-v6'), context),
    });
    const listener: Listener<Event> = { heard: undefined };
    class TappedPostHog extends installed<{ PostHog: PostHogClass }>('posthog-node').PostHog {
      override capture(event: Event): void {
        listener.heard?.(event);
        super.capture(event);
      }
    }
    const client = new TappedPostHog('phc_bench', {
      host: 'http://127.0.0.1:1',
      flushAt: 1_000_000,
      maxQueueSize: 1_000_000,
      flushInterval: 3_600_000,
    });
    const sink = listeningSink(listener, {
      drain: async () => {
        // An event is prepared in promises before it is in the queue.
        await new Promise((resolve) => setImmediate(resolve));
        client.setPersistedProperty('queue', []);
      },
      count: (events) => ({ events: events.length }),
      facts: (events) => events.flatMap((event) => factsIn('event', event)),
      replay: (events) => () => {
        for (const event of events) client.capture(event);
      },
    });
    const { OpenAI: PostHogOpenAI } = installed<{ OpenAI: PostHogOpenAIClass }>('@posthog/ai/openai');
    return { sink, openai: new PostHogOpenAI({ ...clientOptions, posthog: client }) };
  },
};
