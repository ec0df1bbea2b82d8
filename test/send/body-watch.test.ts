import { describe, expect, it } from 'vitest';
import { type BodyEnd, watchBody } from '../../src/send/body-watch.ts';

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
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error('cut')),
    });
    const { response, ends } = watched(broken);
    const open = new WritableStream();
    await expect(response.body?.pipeTo(open, { preventAbort: true })).rejects.toThrow('cut');
    expect(ends).toEqual(['failed']);
    await open.getWriter().write('still open');
  });
});
