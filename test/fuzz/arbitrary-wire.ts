import fc from 'fast-check';
import {
  anyJson,
  anyText,
  asides,
  asText,
  chatData,
  doneData,
  finishChunk,
  ownData,
  responsesData,
  usageChunk,
} from './arbitrary-events.ts';

/** Text as the bytes of its UTF-8, each a Latin-1 character. */
export const utf8 = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

/** A place in a text, as a part of its length: not a double, most of which are next to 0. */
const place = fc.nat(1_000).map((part) => part / 1_000);

/** `bytes` cut at any places, also in the middle of a character. */
export function cut(bytes: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.tuple(bytes, fc.array(place, { maxLength: 6 })).map(([all, places]) => {
    const ends = [...places.map((where) => Math.floor(where * all.length)), all.length].sort((a, b) => a - b);
    let from = 0;
    const pieces: string[] = [];
    for (const end of ends) {
      if (end > from) pieces.push(all.slice(from, end));
      from = end;
    }
    return pieces;
  });
}

const newline = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r');

/** One event: its fields as lines, without the line ends. */
function fields(data: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  const dataLines = fc
    .tuple(data, fc.constantFrom('data: ', 'data: ', 'data: ', 'data:'))
    .map(([value, prefix]) => value.split('\n').map((line) => prefix + line));
  const named = fc.constantFrom(
    'event: message',
    'event: error',
    'event:error',
    'event: thread.run.created',
    'event: response.created',
    'event',
    'id: 7',
    'retry: 5',
    'retry: x',
    ': a comment',
    ':',
    'data',
    'datax: 1',
    ' data: 1',
    'unknown: field',
  );
  return fc.oneof(
    { weight: 8, arbitrary: dataLines },
    { weight: 1, arbitrary: fc.tuple(named, dataLines).map(([name, lines]) => [name, ...lines]) },
    { weight: 1, arbitrary: fc.tuple(dataLines, named).map(([lines, name]) => [...lines, name]) },
    { weight: 1, arbitrary: named.map((name) => [name]) },
  );
}

/** An event stream of events that make sense, more or less. */
function eventStream(data: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const some = fields(
    fc.oneof(
      { weight: 12, arbitrary: data },
      { weight: 2, arbitrary: doneData },
      { weight: 1, arbitrary: anyJson },
      { weight: 1, arbitrary: anyText.map((value) => value.replace(/[\r\n]/g, ' ')) },
    ),
  );
  const one = fc
    .tuple(some, newline, newline, fc.constantFrom(1, 1, 1, 1, 2))
    .map(([lines, end, blank, blanks]) => lines.map((line) => line + end).join('') + blank.repeat(blanks));
  // Most streams end as they should; the rest in all the ways in which they do not.
  const ending = fc.oneof(
    {
      weight: 6,
      arbitrary: finishChunk.map((chunk) => `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`),
    },
    { weight: 1, arbitrary: finishChunk.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`) },
    { weight: 1, arbitrary: finishChunk.map((chunk) => `data: ${JSON.stringify(chunk)}`) },
    { weight: 1, arbitrary: fc.constantFrom('data: [DONE]\n\n', 'data: [DONE]\n', 'data: [DONE]') },
    { weight: 3, arbitrary: fc.constant('') },
  );
  return fc
    .tuple(
      fc.constantFrom('', '', '', '', '', '', '\ufeff', '\n', ': hello\n\n'),
      fc.array(one, { maxLength: 6 }),
      ending,
    )
    .map(([head, events, tail]) => utf8(head + events.join('') + tail));
}

const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value).toString('latin1'));

/** One byte exchanged for another. */
function damaged(whole: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(whole, place, fc.nat(255)).map(([all, where, byte]) => {
    const at = Math.floor(where * all.length);
    return all.slice(0, at) + String.fromCharCode(byte) + all.slice(at + 1);
  });
}

/** An event stream as a server in its right mind writes it, though perhaps not to its end. */
function plainStream(data: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(data, { maxLength: 6 }),
      fc.constantFrom('\n', '\n', '\r\n'),
      fc.constantFrom(true, true, false),
    )
    .map(([payloads, end, done]) =>
      utf8(
        [...payloads, ...(done ? ['[DONE]'] : [])]
          .map(
            (data) =>
              `${data
                .split('\n')
                .map((line) => `data: ${line}${end}`)
                .join('')}${end}`,
          )
          .join(''),
      ),
    );
}

export function streamBytes(kind: 'chat' | 'responses'): fc.Arbitrary<string> {
  const data = kind === 'chat' ? chatData : responsesData;
  const events = eventStream(data);
  return fc.oneof(
    { weight: 10, arbitrary: plainStream(data) },
    { weight: 6, arbitrary: events },
    { weight: 2, arbitrary: damaged(events) },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: anyJson.map(utf8) },
  );
}

export function jsonBytes(value: fc.Arbitrary<object>): fc.Arbitrary<string> {
  const good = value.map((body) => utf8(JSON.stringify(body)));
  return fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 1, arbitrary: good.map((body) => utf8('\ufeff') + body) },
    { weight: 1, arbitrary: good.map((body) => ` \n${body}\n\n`) },
    { weight: 1, arbitrary: damaged(good) },
    { weight: 1, arbitrary: fc.tuple(good, fc.nat(200)).map(([body, less]) => body.slice(0, -less)) },
    { weight: 2, arbitrary: anyJson.map(utf8) },
    { weight: 1, arbitrary: bytes },
  );
}

/** A streamed chat with a usage chunk that is only for those who ask. */
export const askedStream: fc.Arbitrary<{ pieces: string[]; onlyIfAsked: number[] }> = fc
  .record({
    before: fc.array(
      fc.oneof({ weight: 6, arbitrary: ownData }, { weight: 1, arbitrary: fc.constantFrom(...asides) }),
      {
        maxLength: 5,
      },
    ),
    usage: asText(usageChunk),
    after: fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constant('[DONE]') }, { weight: 1, arbitrary: ownData }),
      {
        maxLength: 2,
      },
    ),
    end: fc.constantFrom('\n', '\n', '\r\n', '\r'),
    cuts: fc.infiniteStream(place),
  })
  .map(({ before, usage, after, end, cuts }) => {
    const pieces: string[] = [];
    const onlyIfAsked: number[] = [];
    for (const data of [...before, usage, ...after]) {
      const lines = data.split('\n').map((line) => (line.startsWith(':') ? line : `data: ${line}`));
      const bytes = utf8(lines.map((line) => line + end).join('') + end);
      const at = Math.floor(cuts.next().value * bytes.length);
      for (const piece of [bytes.slice(0, at), bytes.slice(at)]) {
        if (data === usage) onlyIfAsked.push(pieces.length);
        pieces.push(piece);
      }
    }
    return { pieces, onlyIfAsked };
  });
