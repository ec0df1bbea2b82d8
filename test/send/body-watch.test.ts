import { describe, expect, it } from 'vitest';
import { type BodyEnd, watchBody } from '../../src/send/body-watch.ts';
import { turns } from '../fuzz/lockstep-server.ts';

function watched(body: string | ReadableStream): {
  response: Response;
  ends: BodyEnd['kind'][];
  bytes: () => number;
} {
  const response = new Response(body);
  const ends: BodyEnd['kind'][] = [];
  let bytes = 0;
  watchBody(response, {
    bytes: (piece) => {
      bytes += piece.byteLength;
    },
    text: () => {},
    json: () => {},
    end: (end) => ends.push(end.kind),
  });
  return { response, ends, bytes: () => bytes };
}

describe('a watched body', () => {
  it('that its reader cancels was cancelled', async () => {
    const { response, ends } = watched('hello');
    await response.body?.cancel('enough');
    expect(ends).toEqual(['cancelled']);
  });

  it("that the runtime cancels, because its response was garbage, was nobody's to cancel", async () => {
    const { response, ends } = watched('hello');
    await response.body?.cancel('Response object has been garbage collected');
    expect(ends).toEqual(['unread']);
  });

  it('is counted once however it is split, and stays what it was', async () => {
    const { response, ends, bytes } = watched('hello');
    const [left, right] = response.body?.tee() ?? [];
    expect(await new Response(left).text()).toBe('hello');
    expect(await new Response(right).text()).toBe('hello');
    expect(bytes()).toBe(5);
    expect(ends[0]).toBe('complete');
    expect(response).toBeInstanceOf(Response);
    expect(Object.keys(response)).toEqual([]);
  });

  it('is followed through a pipe', async () => {
    const { response, ends, bytes } = watched('hello');
    const text = response.body?.pipeThrough(new TextDecoderStream());
    let read = '';
    for await (const piece of text ?? []) read += piece;
    expect(read).toBe('hello');
    expect(bytes()).toBe(5);
    expect(ends).toEqual(['complete']);
  });

  it('that is locked refuses a pipe as the bare one does: by a promise', async () => {
    const { response } = watched('hello');
    response.body?.getReader();
    await expect(response.body?.pipeTo(new WritableStream())).rejects.toThrow(TypeError);
  });

  it('is free again when its pipe has failed, and was left by its reader', async () => {
    const { response, ends } = watched('hello');
    const full = new WritableStream({
      write: () => Promise.reject(new Error('the disk is full')),
    });
    await expect(response.body?.pipeTo(full)).rejects.toThrow('the disk is full');
    expect([response.body?.locked, full.locked]).toEqual([false, false]);
    expect(ends).toEqual(['cancelled']);
  });

  it('tells of a failure behind a pipe, and leaves open what is to stay open', async () => {
    const { response, ends } = watched(broken());
    const open = new WritableStream();
    await expect(response.body?.pipeTo(open, { preventAbort: true })).rejects.toThrow('cut');
    expect(ends).toEqual(['failed']);
    await open.getWriter().write('still open');
  });

  it.each([0, 1, 3])('is pulled through a pipe as far as a destination has room: %i pieces', async (room) => {
    const pulls = async (observed: boolean): Promise<number> => {
      let pulled = 0;
      const source = new ReadableStream(
        {
          pull: (controller) => {
            pulled++;
            controller.enqueue(new Uint8Array(1));
          },
        },
        { highWaterMark: 0 },
      );
      const { body } = observed ? watched(source).response : new Response(source);
      const nobodyReads = new TransformStream({}, { highWaterMark: room }, { highWaterMark: 0 });
      body?.pipeThrough(nobodyReads);
      await turns(20);
      return pulled;
    };
    expect(await pulls(true)).toBe(await pulls(false));
  });

  it('that ends, or breaks, while its pipe has no room is seen to', async () => {
    for (const stop of ['close', 'error'] as const) {
      let controller: ReadableStreamDefaultController | undefined;
      const source = new ReadableStream({
        start: (own) => {
          controller = own;
        },
      });
      const { response, ends } = watched(source);
      response.body?.pipeThrough(new TransformStream({}, { highWaterMark: 0 }, { highWaterMark: 0 }));
      controller?.[stop]();
      await turns(20);
      expect(ends).toEqual([stop === 'close' ? 'complete' : 'failed']);
    }
  });

  it('whose pipe is given a signal that is none throws as the bare one does', () => {
    const options = { signal: 'none' } as unknown as { signal: AbortSignal };
    const pipe = (response: Response) => () => response.body?.pipeThrough(new TransformStream(), options);
    expect(pipe(new Response('hello'))).toThrow(TypeError);
    expect(pipe(watched('hello').response)).toThrow(TypeError);
  });

  it('that breaks in a pipe has failed, and was not left', async () => {
    const { response, ends } = watched(broken());
    await expect(response.body?.pipeTo(new WritableStream())).rejects.toThrow('cut');
    expect(ends).toEqual(['failed']);
  });

  it('whose pipe has failed with preventCancel is there for another reader', async () => {
    let left = 9;
    const source = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1)) : controller.close()),
    });
    const { response, ends, bytes } = watched(source);
    const full = new WritableStream({ write: () => Promise.reject(new Error('full')) });
    await expect(response.body?.pipeTo(full, { preventCancel: true })).rejects.toThrow('full');
    expect(ends).toEqual([]);
    for await (const _ of response.body ?? []);
    expect([ends, bytes()]).toEqual([['complete'], 9]);
  });

  it('is not cancelled by a cancel() that was refused, because somebody reads it', async () => {
    const { response, ends } = watched('hello');
    const reader = response.body?.getReader();
    await expect(response.body?.cancel()).rejects.toThrow(TypeError);
    await reader?.read();
    await reader?.read();
    expect(ends).toEqual(['complete']);
  });

  it('is not ended by a reader that has let go of it', async () => {
    const { response, ends } = watched(new ReadableStream());
    const reader = response.body?.getReader();
    const pending = reader?.read();
    reader?.releaseLock();
    await expect(pending).rejects.toThrow(TypeError);
    response.body?.getReader();
    await expect(reader?.cancel()).rejects.toThrow(TypeError);
    await expect(reader?.read()).rejects.toThrow(TypeError);
    expect(ends).toEqual([]);
  });

  it.each([
    [true, 'complete'],
    [false, 'cancelled'],
  ])('that a loop leaves with preventCancel: %s can be read on, or not', async (preventCancel, expected) => {
    const { response, ends } = watched('hello');
    for await (const _ of response.body?.values({ preventCancel }) ?? []) break;
    const reader = response.body?.getReader();
    while (!(await reader?.read())?.done);
    expect(ends[0]).toBe(expected);
  });

  it('that one branch cancels twice is still read by the other', async () => {
    const { response, ends } = watched('hello');
    const [left, right] = response.body?.tee() ?? [];
    // The first is settled when both branches are cancelled.
    void left?.cancel();
    void left?.cancel();
    expect(await new Response(right).text()).toBe('hello');
    expect(ends).toEqual(['complete']);
  });

  it('that is read as a Blob has all its bytes told, and its end before the Blob is there', async () => {
    const { response, ends, bytes } = watched('hello');
    const blob = await response.blob();
    expect([ends, bytes()]).toEqual([['complete'], 5]);
    expect(await blob.text()).toBe('hello');
  });
});

function broken(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) });
}
