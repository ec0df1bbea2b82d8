import { hash } from 'node:crypto';
import { asText, type JsonObject, present } from '../json.ts';
import { Media } from './leaf.ts';
import { type Part, textPart } from './parts.ts';

const dataUrl = /^data:([^;,]{0,100})((?:;[^;,]{0,100}){0,5}),/i;
const address = /^[a-z][a-z0-9+.-]{0,30}:/i;

/** The kind of data, in the words of the conventions where they have one. */
function modalityOf(mediaType: string | undefined, otherwise: string): string {
  const kind = /^(image|audio|video)\//i.exec(mediaType ?? '')?.[1];
  return kind?.toLowerCase() ?? otherwise;
}

/** An image, file or sound that is given as an address: of itself (`data:`), or of where it is. */
export function addressedPart(value: unknown, modality: string, more: JsonObject = {}): Part {
  const text = asText(value) ?? '';
  const [head, mediaType = '', parameters = ''] = dataUrl.exec(text) ?? [];
  if (head !== undefined) {
    const body = text.slice(head.length);
    if (/;base64$/i.test(parameters)) return base64Part(body, modality, mediaType, more);
    return blobPart(modality, mediaType, more, () => digestOf(Buffer.from(unescaped(body))));
  }
  if (address.test(text)) return { type: 'uri', modality, uri: text, ...present(more) };
  return base64Part(text, modality, undefined, more);
}

/** Data that is given in base64. */
export function base64Part(
  base64: string,
  modality: string,
  mediaType?: string,
  more: JsonObject = {},
): Part {
  return blobPart(modality, mediaType, more, () => digestOf(Buffer.from(base64, 'base64')));
}

/** Data that is known by its digest already. */
export function digestPart(
  digest: Digest,
  modality: string,
  mediaType: string | undefined,
  more: JsonObject,
): Part {
  return blobPart(modality, mediaType, more, () => digest);
}

/** A file that the provider has already. */
export function filePart(fileId: string, modality: string, more: JsonObject = {}): Part {
  return { type: 'file', modality, file_id: fileId, ...present(more) };
}

export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

function digestOf(data: Uint8Array): Digest {
  return { sha256: hash('sha256', data), bytes: data.byteLength };
}

function blobPart(
  modality: string,
  mediaType: string | undefined,
  more: JsonObject,
  digest: () => Digest,
): Media {
  return new Media(() => {
    const { sha256, bytes } = digest();
    return {
      type: 'blob',
      modality: modalityOf(mediaType, modality),
      ...(mediaType && { mime_type: mediaType }),
      // The schema wants a text here. The data itself is never recorded.
      content: `sha256:${sha256}`,
      byte_size: bytes,
      ...present(more),
    };
  });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const embedded = /data:[\w.+/-]{0,80}(?:;[\w.=+-]{0,80}){0,4};base64,[A-Za-z0-9+/=_-]+/gi;
const shortestBare = 1024;

/** A piece of a text: words, or data with what stands for it. */
export type TextPiece = { readonly words: string } | { readonly data: string; readonly show: () => string };

/** A text in pieces, words and data by turns. */
export function splitData(text: string): readonly TextPiece[] {
  if (isBareBase64(text)) return [{ data: text, show: () => described(text, undefined) }];
  if (!text.includes(';base64,') && !text.includes(';BASE64,')) return [{ words: text }];
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const { index, 0: data } of text.matchAll(embedded)) {
    const [head = '', mediaType] = dataUrl.exec(data) ?? [];
    pieces.push({ words: text.slice(from, index) });
    pieces.push({ data, show: () => described(data.slice(head.length), mediaType) });
    from = index + data.length;
  }
  return [...pieces, { words: text.slice(from) }];
}

function described(base64: string, mediaType: string | undefined): string {
  const { sha256, bytes } = digestOf(Buffer.from(base64, 'base64'));
  return `[${mediaType ? `${mediaType}, ` : ''}${bytes} bytes, sha256:${sha256}]`;
}

/** A long text in which nothing but base64 stands, capitals, small letters and digits alike: data, not words. */
function isBareBase64(text: string): boolean {
  if (text.length < shortestBare || /[^A-Za-z0-9+/_=\r\n-]/.test(text)) return false;
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text) && isWrapped(text);
}

/** In one line, or in lines as base64 is wrapped: all but the last as long as the first. */
function isWrapped(text: string): boolean {
  const [first = '', ...others] = text.trimEnd().split(/\r?\n/);
  const last = others.pop() ?? '';
  return (
    first.length >= 60 && last.length <= first.length && others.every(({ length }) => length === first.length)
  );
}

/** The text of a part whose text may be missing. */
export function optionalText(value: unknown): Part[] {
  const text = asText(value);
  return text === undefined || text === '' ? [] : [textPart(text)];
}
