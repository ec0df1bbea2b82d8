import { createHash } from 'node:crypto';

/** The names of a record's files begin with it. */
export interface RecordName {
  readonly name: string;
  /** Where the name cannot tell the id: what it begins with. */
  readonly start: string;
  /** Undefined where only the file itself can tell. */
  readonly id: string | undefined;
}

/** Some file systems end a name after 143 bytes, and others after 255. */
const longest = 120;
const longestStart = 40;
/** Windows takes them for devices, whatever follows a dot. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * A file name that no other id has, also where the system does not tell capitals from small letters: everything but small
 * letters, digits, `-` and `_` is written as the bytes of its UTF-8. A long one ends with a digest of the id.
 */
export function nameOf(id: string): string {
  const name = escaped(id);
  if (name.length <= longest) return reserved.test(name) ? `${escapedByte(name)}${name.slice(1)}` : name;
  const digest = createHash('sha256').update(id).digest('hex');
  return `${startOf(name)}~${digest}`;
}

/** @returns undefined for a name that is none of ours */
export function readName(name: string): RecordName | undefined {
  const [start = '', digest] = name.split('~');
  let text: string;
  try {
    text = decodeURIComponent(start);
  } catch {
    return undefined;
  }
  if (digest === undefined)
    return nameOf(text) === name && text !== '' ? { name, start: text, id: text } : undefined;
  const isOurs = /^[0-9a-f]{64}$/.test(digest) && escaped(text) === start && name === `${start}~${digest}`;
  return isOurs ? { name, start: text, id: undefined } : undefined;
}

function escaped(id: string): string {
  return [...Buffer.from(id)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9_-]/.test(character) ? character : escapedByte(character);
    })
    .join('');
}

function escapedByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** As much of it as is whole characters. */
function startOf(name: string): string {
  for (let end = longestStart; ; end--) {
    const start = name.slice(0, end);
    try {
      decodeURIComponent(start);
      return start;
    } catch {
      // In the middle of a character.
    }
  }
}
