import type { Transformer } from 'node:stream/web';
import type { BodyListener, PieceFilter } from './body-watch.ts';

/** Two listeners for two branches that deliver the same pieces: each piece counts once, whoever is ahead. */
export function splitListener(listener: BodyListener): [BodyListener, BodyListener] {
  let most = 0;
  let stopped = 0;
  const branch = (): BodyListener => {
    let own = 0;
    return {
      text: (text) => listener.text(text),
      json: (value) => listener.json(value),
      bytes: (piece) => {
        own++;
        if (own <= most) return;
        most = own;
        listener.bytes(piece);
      },
      end: (end) => {
        if (end.kind === 'cancelled' && ++stopped < 2) return;
        listener.end(end);
      },
    };
  };
  return [branch(), branch()];
}

/** For a body that is piped: inside a pipe there is no method call to listen to. */
export function watchedPass(
  listener: BodyListener,
  filter: PieceFilter | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  const transformer: Transformer<Uint8Array, Uint8Array> & { cancel: () => void } = {
    transform(piece, controller) {
      listener.bytes(piece);
      const delivered = filter ? filter.push(piece) : piece;
      if (delivered) controller.enqueue(delivered);
    },
    flush(controller) {
      const rest = filter?.flush();
      if (rest) controller.enqueue(rest);
      listener.end({ kind: 'complete' });
    },
    cancel: () => listener.end({ kind: 'cancelled' }),
  };
  return new TransformStream(transformer);
}
