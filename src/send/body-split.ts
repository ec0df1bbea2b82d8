import type { BodyListener } from './body-watch.ts';

/** Two listeners for two branches that deliver the same pieces: each piece counts once, whoever is ahead. */
export function splitListener(listener: BodyListener): [BodyListener, BodyListener] {
  let most = 0;
  let stopped = 0;
  const branch = (): BodyListener => {
    let own = 0;
    let hasStopped = false;
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
        if (end.kind === 'cancelled') {
          if (!hasStopped) stopped++;
          hasStopped = true;
          if (stopped < 2) return;
        }
        listener.end(end);
      },
    };
  };
  return [branch(), branch()];
}
