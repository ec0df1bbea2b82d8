import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkObject, checkOneOf, checkString, invalidOption } from '../../check.ts';
import type { DocumentType } from './document.ts';
import { DocumentFault, megabytes } from './unreadable.ts';

/** A document that is not a file. */
export interface DocumentData {
  /** Shown, and its extension tells the type where the content does not. */
  readonly name: string;
  readonly data: Uint8Array | string;
  /** What it is, where neither content nor name tell. */
  readonly type?: DocumentType;
}

/** A path, a `file:` URL (written out too, as `import.meta.resolve` gives it), or the content itself. */
export type DocumentInput = string | URL | DocumentData;

/** A document's name, and its content once it is asked for. */
export interface Source {
  /** Without directory. */
  readonly name: string;
  /** As it was given, for messages. */
  readonly shownName: string;
  readonly type: DocumentType | undefined;
  /** @throws DocumentFault */
  load(maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array | string>;
}

const types: readonly DocumentType[] = ['text', 'markdown', 'html', 'pdf'];

export function sourceOf(input: DocumentInput): Source {
  if (typeof input === 'string' && /^file:\/\//i.test(input) && URL.canParse(input)) {
    return fileSource(new URL(input));
  }
  if (typeof input === 'string' || input instanceof URL) return fileSource(input);
  if (typeof input !== 'object' || input === null) {
    throw invalidOption('file', 'a path, a file: URL or { name, data }', input);
  }
  const given = checkObject('file', input, ['name', 'data', 'type']);
  const name = checkString('file.name', given['name']);
  const { data } = input;
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
    throw invalidOption('file.data', 'a string or a Uint8Array', data);
  }
  const type = input.type === undefined ? undefined : checkOneOf('file.type', input.type, types);
  const load = async (maxBytes: number): Promise<Uint8Array | string> => {
    // A string's length is less than its bytes are, and does not take a copy to know.
    checkSize(data.length, maxBytes);
    return data;
  };
  return { name: basename(name), shownName: name, type, load };
}

function fileSource(input: string | URL): Source {
  const shownName = typeof input === 'string' ? checkString('file', input) : input.href;
  const path = typeof input === 'string' ? input : filePath(input);
  const load = async (maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    if (path === undefined || (/^[a-z][a-z0-9+.-]+:\/\//i.test(path) && !(await exists(path)))) {
      throw new DocumentFault(
        'is no file, and nothing is fetched here: download it first, or give its content as { name, data }.',
      );
    }
    try {
      return await readWhole(path, maxBytes, signal);
    } catch (error) {
      throw error instanceof DocumentFault || signal?.aborted ? error : fileFault(error);
    }
  };
  return { name: basename(path ?? shownName), shownName, type: undefined, load };
}

function filePath(url: URL): string | undefined {
  if (url.protocol !== 'file:') return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    throw invalidOption('file', 'a file: URL of a file on this machine', url.href);
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function readWhole(path: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  // Asked before it is opened: opening a pipe waits for its writer, and opening a device can do anything.
  checkFile(await stat(path), maxBytes);
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    // Another file may have taken its name since.
    checkFile(await file.stat(), maxBytes);
    const bytes = await file.readFile(signal ? { signal } : {});
    checkSize(bytes.length, maxBytes);
    return bytes;
  } finally {
    await file.close();
  }
}

function checkFile(info: Stats, maxBytes: number): void {
  if (info.isDirectory()) {
    throw new DocumentFault('is a directory: name the files in it that are to be read.');
  }
  if (!info.isFile()) {
    throw new DocumentFault(
      'is no regular file but a pipe, socket or device: save its content to a file first.',
    );
  }
  checkSize(info.size, maxBytes);
}

function checkSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new DocumentFault(
    `is larger than ${megabytes(maxBytes)}, which is the most that is read: split it, or raise \`maxBytes\`.`,
  );
}

const faults: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist: check its name and the directory in which this was started.',
  ENOTDIR: 'does not exist: a part of its path is a file and no directory.',
  EACCES: 'may not be read by this user: change its permissions, or copy it to where it may be.',
  EPERM: 'may not be read by this user: change its permissions, or copy it to where it may be.',
  ELOOP: 'is a symbolic link that leads in a circle: name the file itself.',
  ENAMETOOLONG: 'has a name that is longer than a name can be: check it.',
  EMFILE: 'could not be opened, because this process has too many files open: close some, and try again.',
};

function fileFault(error: unknown): DocumentFault {
  const { code, message } = error as NodeJS.ErrnoException;
  const known = faults[code ?? ''];
  return new DocumentFault(known ?? `could not be read (${message}): check the file, and try again.`, {
    cause: error,
  });
}
