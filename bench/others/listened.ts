import { type Book, type Counts, type Fact, type Sink, settled } from '../floor/book.ts';

/** What a wrapper with an SDK of its own said, message by message. */
export interface Listener<Message> {
  /** Called with each message while a piece of work is recorded; undefined at all other times. */
  heard: ((message: Message) => void) | undefined;
}

/** The sink of a wrapper with an SDK of its own. */
export function listeningSink<Message>(
  listener: Listener<Message>,
  sdk: {
    drain: () => Promise<void>;
    count: (messages: readonly Message[]) => Partial<Counts>;
    facts: (messages: readonly Message[]) => readonly Fact[];
    replay: (messages: readonly Message[]) => Book['replay'];
  },
): Sink {
  return {
    drain: sdk.drain,
    record: async (work) => {
      const messages: Message[] = [];
      listener.heard = (message) => messages.push(message);
      try {
        await work();
        await settled();
        await sdk.drain();
      } finally {
        listener.heard = undefined;
      }
      return {
        counts: { spans: 0, metricRecords: 0, logRecords: 0, events: 0, ...sdk.count(messages) },
        facts: sdk.facts(messages),
        replay: messages.length === 0 ? () => {} : sdk.replay(messages),
      };
    },
  };
}
