import { answer, shortStream } from '../subjects.ts';

/** A provider that keeps its answers, or the rest of them, until it is told to give them. */
export interface HeldProvider {
  readonly fetch: typeof answer;
  /** Requests that have arrived. */
  readonly arrived: () => number;
  /** All that it held goes, and from then on nothing is held. */
  letGo(): void;
  /** Holds again what comes from now on. */
  hold(): void;
}

/** @param streams holds what comes after the first chunk, rather than the answer */
export function heldProvider(streams: boolean): HeldProvider {
  let arrived = 0;
  let gate = newGate();
  const fetch: typeof answer = async (url, init) => {
    arrived += 1;
    const { opened } = gate;
    if (!streams) {
      await opened;
      return await answer(url, init);
    }
    return new Response(heldAfterFirst(opened), { headers: { 'content-type': 'text/event-stream' } });
  };
  return {
    fetch,
    arrived: () => arrived,
    letGo: () => gate.open(),
    hold: () => {
      gate = newGate();
    },
  };
}

function newGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A stream that is looked at in its middle needs no more than a beginning and an end. */
function heldAfterFirst(opened: Promise<void>): ReadableStream<Uint8Array> {
  const pieces = shortStream.values();
  let isFirst = true;
  return new ReadableStream({
    async pull(controller) {
      if (!isFirst) await opened;
      isFirst = false;
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
