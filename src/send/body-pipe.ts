/**
 * Pipes with a listener in between, for inside a pipe there is no method call to listen to. The pipe is still the
 * runtime's own (`pipeTo`): it only begins at a stand-in, which reads with the source's watched reader when the pipe
 * asks for a piece, and holds none itself. So nothing is pulled that the destination has no room for, and locks, errors
 * and the options `preventClose`, `preventAbort`, `preventCancel` and `signal` do what they always do.
 */
export function pipeWatched(
  source: object,
  destination: WritableStream<Uint8Array>,
  options: unknown,
): Promise<void> {
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  let isReading = false;
  let isOver = false;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    isReading = true;
    try {
      const { value, done } = await reader.read();
      if (isOver) return;
      isOver = done;
      if (done) controller.close();
      else controller.enqueue(value);
    } catch (error) {
      if (!isOver) controller.error(error);
      isOver = true;
    } finally {
      isReading = false;
    }
  };
  const standIn = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // A pipe notices the end of its source also while there is no room to ask for a piece.
        const ended = async (): Promise<void> => {
          while (!isReading && !isOver) await pull(controller);
        };
        reader.closed.then(ended, ended);
      },
      pull,
      cancel(reason) {
        isOver = true;
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return standIn.pipeTo(destination, options as Parameters<typeof standIn.pipeTo>[1]).finally(() => {
    isOver = true;
    reader.releaseLock();
  });
}

/** Whether the runtime would start to pipe there; where it would not, it says so in its own way. */
export function canPipe(
  source: object,
  destination: unknown,
  options: unknown,
): destination is WritableStream<Uint8Array> {
  if (!(source instanceof ReadableStream) || source.locked) return false;
  if (!(destination instanceof WritableStream) || destination.locked) return false;
  if (options === undefined || options === null) return true;
  if (typeof options !== 'object') return false;
  const { signal } = options as { signal?: unknown };
  return signal === undefined || signal instanceof AbortSignal;
}
