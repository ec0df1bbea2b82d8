import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Act, Side } from './plan.ts';
import { OwnError, type Site } from './site.ts';

/** Does to a `Response` what people do, one thing after the other, whatever became of the one before. */
export async function act(site: Site, response: Response, acts: readonly Act[]): Promise<void> {
  const hands = { answer: response, clone: response };
  site.held.push(hands);
  for (const one of acts) {
    try {
      await perform(site, hands, one);
    } catch (error) {
      // What throws at once, where others reject.
      site.fail(`${one.do} at once`, error);
    }
  }
}

async function perform(site: Site, hands: { answer: Response; clone: Response }, one: Act): Promise<void> {
  const response = hands[one.on];
  const { body } = response;
  switch (one.do) {
    case 'look':
      site.note('status', [response.status, response.ok, response.bodyUsed, body?.locked, response.type]);
      return;
    case 'clone':
      hands.clone = response.clone();
      return;
    case 'json':
    case 'text':
    case 'arrayBuffer':
    case 'blob':
    case 'bytes':
      return readWhole(site, response, one.do);
    default:
      if (body) return stream(site, body, one);
      site.note('no body');
  }
}

async function readWhole(
  site: Site,
  response: Response,
  how: 'json' | 'text' | 'arrayBuffer' | 'blob' | 'bytes',
): Promise<void> {
  const read = (response as unknown as Record<string, () => Promise<unknown>>)[how];
  if (!read) return;
  const value = await site.expect(how, read.call(response), false);
  if (value instanceof ArrayBuffer) site.note(how, new Uint8Array(value));
  else if (value instanceof Blob) site.note(how, [value.type, await value.text()]);
  else if (value !== undefined) site.note(how, value);
  if (value !== undefined) site.readToEnd = true;
}

async function stream(site: Site, body: ReadableStream<Uint8Array>, one: Act): Promise<void> {
  switch (one.do) {
    case 'read':
      return readByReader(site, body, one);
    case 'iterate': {
      let count = 0;
      const loop = (async () => {
        const pieces = body as unknown as { values(options: object): AsyncIterable<Uint8Array> };
        for await (const piece of pieces.values({ preventCancel: one.preventCancel })) {
          site.note('piece', piece);
          if (++count > one.stopAfter) return 'left';
        }
        site.readToEnd = true;
        return 'end';
      })();
      const left = await site.expect('iterate', loop);
      if (left === 'left' && !one.preventCancel) site.stopped = true;
      return;
    }
    case 'tee': {
      const branches = body.tee();
      site.held.push(branches);
      return readBranches(site, branches, one.turns, one.after);
    }
    case 'pipeTo': {
      let count = 0;
      const sink = new WritableStream<Uint8Array>({
        write(piece) {
          site.note('piped', piece);
          if (++count > one.failAfter) throw new OwnError('full');
        },
        close: () => {
          site.readToEnd = true;
          site.note('closed');
        },
        abort: (reason) => site.fail('sink', reason),
      });
      await site.expect('pipeTo', body.pipeTo(sink, { preventCancel: one.preventCancel }));
      if (count > one.failAfter) site.stopped = true;
      site.note('locked', body.locked);
      return;
    }
    case 'pipeThrough':
      return readAll(site, body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>()));
    case 'rewrap': {
      const text = await site.expect('rewrap', new Response(body).text());
      if (text !== undefined) site.readToEnd = true;
      return;
    }
    case 'fromWeb': {
      const loop = (async () => {
        const pieces: Uint8Array[] = [];
        for await (const piece of Readable.fromWeb(body as unknown as NodeReadableStream)) pieces.push(piece);
        site.readToEnd = true;
        return Buffer.concat(pieces).toString('latin1');
      })();
      await site.expect('fromWeb', loop);
      return;
    }
    case 'cancel':
      site.stopped ||= !body.locked;
      await site.expect('cancel', body.cancel('enough'));
      return;
    default:
  }
}

async function readByReader(
  site: Site,
  body: ReadableStream<Uint8Array>,
  { mode, reads, atOnce, after }: Act & { do: 'read' },
): Promise<void> {
  const pulls: Promise<{ done: boolean; value?: Uint8Array | undefined }>[] = [];
  const reader = mode === 'byob' ? body.getReader({ mode: 'byob' }) : body.getReader();
  site.held.push(reader);
  let done = false;
  for (let count = 0; count < reads && !done; count++) {
    const pull =
      'readAtLeast' in reader || mode === 'byob'
        ? (reader as ReadableStreamBYOBReader).read(new Uint8Array(50))
        : (reader as ReadableStreamDefaultReader<Uint8Array>).read();
    pulls.push(pull as Promise<{ done: boolean; value?: Uint8Array }>);
    if (atOnce) continue;
    const read = await site.expect('read', pull);
    done = read === undefined || read.done;
    if (read?.done) site.readToEnd = true;
  }
  if (atOnce) {
    for (const pull of pulls) {
      const read = await site.expect('read', pull);
      if (read?.done) site.readToEnd = true;
    }
  }
  if (after === 'release') reader.releaseLock();
  if (after !== 'cancel') return;
  site.stopped = true;
  await site.expect('reader.cancel', reader.cancel('enough'));
}

async function readBranches(
  site: Site,
  branches: readonly [ReadableStream<Uint8Array>, ReadableStream<Uint8Array>],
  turnsOf: readonly Side[],
  after: 'leave' | 'drain' | 'cancel',
): Promise<void> {
  const readers = { left: branches[0].getReader(), right: branches[1].getReader() };
  for (const side of turnsOf) {
    const read = await site.expect(side, readers[side].read());
    if (read?.done) site.readToEnd = true;
  }
  for (const side of ['left', 'right'] as const) {
    readers[side].releaseLock();
    if (after === 'drain') await readAll(site, branches[side === 'left' ? 0 : 1]);
  }
  if (after !== 'cancel') return;
  site.stopped = true;
  // Both have to be cancelled before the first is.
  await site.expect('cancel both', Promise.all(branches.map((branch) => branch.cancel('enough'))));
}

async function readAll(site: Site, body: ReadableStream<Uint8Array>): Promise<void> {
  const loop = (async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of body as unknown as AsyncIterable<Uint8Array>) pieces.push(piece);
    site.readToEnd = true;
    return Buffer.concat(pieces).toString('latin1');
  })();
  await site.expect('all', loop);
}
