import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readDocument } from '../../../src/patterns/document/read-document.ts';
import type { DocumentInput } from '../../../src/patterns/document/source.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'documents-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

async function refused(file: DocumentInput, message: RegExp, options = {}): Promise<void> {
  const error: unknown = await readDocument(file, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'document_unreadable', message: expect.stringMatching(message) });
  // One sentence.
  expect((error as Error).message).toMatch(/^The document ".*" [^\n]*\.$/);
}

describe('a file that cannot be read', () => {
  it('is told with what to do', async () => {
    const at = (name: string): string => join(directory, name);
    await mkdir(at('folder'));
    await writeFile(at('empty.txt'), '');
    await writeFile(at('large.txt'), 'x'.repeat(2_000));
    await symlink('circle', at('circle'));
    execFileSync('mkfifo', [at('pipe')]);

    await refused(at('missing.pdf'), /missing\.pdf" does not exist: check its name/);
    await refused(at('large.txt/inside'), /does not exist: a part of its path is a file/);
    await refused(at('folder'), /is a directory: name the files in it/);
    await refused(at('empty.txt'), /is empty/);
    await refused(at('circle'), /symbolic link that leads in a circle/);
    await refused(at('pipe'), /is no regular file but a pipe, socket or device/);
    await refused('/dev/zero', /is no regular file/);
    await refused(at('x'.repeat(400)), /longer than a name can be/);
    await refused(at('large.txt'), /is larger than 0\.001 MB, which is the most that is read: .*`maxBytes`/, {
      maxBytes: 1_000,
    });
    await refused('https://example.com/a.pdf', /is no file, and nothing is fetched here/);
    await refused(new URL('https://example.com/a.pdf'), /is no file, and nothing is fetched here/);
    for (const url of [pathToFileURL(at('large.txt')), pathToFileURL(at('large.txt')).href])
      expect((await readDocument(url)).name).toBe('large.txt');
  });

  it.skipIf(process.getuid?.() === 0)('is told when it may not be read', async () => {
    const secret = join(directory, 'secret.txt');
    await writeFile(secret, 'text');
    await chmod(secret, 0);
    await refused(secret, /may not be read by this user/);
  });
});

describe('a content that cannot be read', () => {
  const cases: readonly [name: string, data: string, message: RegExp][] = [
    ['only blanks', ' \n\t\n ', /holds only blanks/],
    ['NULs', 'text\0more', /is binary, and of no form that is known here/],
    ['UTF-32', '\xff\xfe\0\0a\0\0\0', /is binary/],
    ['control characters', '\x01\x02\x03\x04'.repeat(50), /is binary/],
    ['PNG', '\x89PNG\r\n\x1a\n\0\0', /is a picture \(PNG\): recognise its text/],
    ['JPEG', '\xff\xd8\xff\xe0\0\x10', /is a picture \(JPEG\)/],
    ['ZIP', 'PK\x03\x04\x14\0\0\0 a.txt', /is an archive \(ZIP\): unpack it/],
    [
      'DOCX',
      'PK\x03\x04\x14\0\0\0 [Content_Types].xml word/document.xml',
      /is a Word document \(DOCX\), which is not read: save it as PDF, HTML or text/,
    ],
    ['XLSX', 'PK\x03\x04\x14\0\0\0 xl/workbook.xml', /an Excel workbook/],
    ['DOC', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0', /an old Microsoft Office file/],
    ['RTF', '{\\rtf1 text}', /is an RTF file/],
    ['gzip', '\x1f\x8b\x08\0', /is an archive \(gzip\)/],
    ['program', '\x7fELF\x02\x01\x01\0', /is a program/],
    ['video', '\0\0\0\x18ftypmp42', /MP4/],
  ];
  it.each(cases)('is named: %s', async (_, data, message) => {
    await refused({ name: 'report.txt', data: bytes(data) }, message);
  });

  it('is no text that begins like one', async () => {
    const texts = ['BM is what they call it.', 'MZ', 'ID3 tags, explained', 'RIFF raff', 'The ftyp box'];
    for (const text of [...texts, 'It begins with %PDF-1.7.']) {
      const reading = readDocument({ name: 'a.txt', data: bytes(text) });
      await expect(reading).resolves.toMatchObject({ type: 'text' });
    }
  });

  it('holds more than it may', async () => {
    await refused({ name: 'a.txt', data: 'x'.repeat(101) }, /more than 100 characters: .*`maxCharacters`/, {
      maxCharacters: 100,
    });
    await refused({ name: 'a.txt', data: '%PDF-1.7 as a string' }, /give them as a Uint8Array/);
  });

  it('shows nothing without its scripts', async () => {
    await refused({ name: 'a.html', data: '<html><script>show()</script>' }, /holds no text to read/);
  });

  it('is nested more deeply than can be read', async () => {
    const data = '>'.repeat(50_000);
    await refused({ name: 'a.md', data }, /is nested too deeply to be read: save it in a simpler form/);
  }, 60_000);

  it('is ten megabytes in one line, and read', async () => {
    const document = await readDocument({ name: 'a.txt', data: 'x'.repeat(10_000_000) });
    expect(document).toMatchObject({ characters: 10_000_000, blocks: [{ place: { line: 1 } }] });
  });
});

describe('reading', () => {
  it('is given up when it takes too long, and when the caller leaves', async () => {
    // Its timers of that length are over at once.
    const clock = {
      ...systemClock,
      schedule: (task: () => void, delayMs: number, kind: 'work' | 'housekeeping') =>
        systemClock.schedule(task, delayMs === 5_000 ? 0 : delayMs, kind),
    };
    const deep = { name: 'a.html', data: `${'<b>'.repeat(30_000)}text` };
    await refused(deep, /takes longer than 5000 ms to read: .*`timeoutMs`/, { clock, timeoutMs: 5_000 });

    const controller = new AbortController();
    const reading = readDocument(deep, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await expect(readDocument(deep, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });
});

describe('encodings', () => {
  it.each([
    ['utf-8', Buffer.from('Ünï')],
    ['utf-8', Buffer.from('\ufeffÜnï')],
    ['utf-16le', Buffer.from('\ufeffÜnï', 'utf16le')],
    ['utf-16be', Buffer.from('\ufeffÜnï', 'utf16le').swap16()],
    ['windows-1252', Buffer.from('Ünï', 'latin1')],
  ])('%s is found', async (encoding, data) => {
    const document = await readDocument({ name: 'a.txt', data });
    expect([document.encoding, document.blocks[0]?.text]).toEqual([encoding, 'Ünï']);
  });

  it('has the signs of Windows where Latin-1 has none', async () => {
    const document = await readDocument({ name: 'a.txt', data: bytes('5 \x80') });
    expect(document.blocks[0]?.text).toBe('5 €');
  });
});

it('says what is wrong with its arguments', async () => {
  await expect(readDocument(3 as unknown as string)).rejects.toThrow(
    '`file` to be a path, a file: URL or { name, data }',
  );
  await expect(readDocument({ name: 'a', data: 3 } as unknown as string)).rejects.toThrow('`file.data`');
  await expect(readDocument('a', { maxByte: 3 } as object)).rejects.toThrow('Did you mean `maxBytes`');
  for (const url of ['file://elsewhere/a.txt', 'file:///a%2Fb.txt'])
    await expect(readDocument(new URL(url))).rejects.toThrow(
      '`file` to be a file: URL of a file on this machine',
    );
  await expect(readDocument('a', { maxPages: 0 })).rejects.toThrow('`options.maxPages`');
});

it('reads whatever flags the process was started with', () => {
  const url = new URL('../../../src/patterns/document/read-document.ts', import.meta.url).href;
  const script = `import { readDocument } from '${url}';
    console.log((await readDocument({ name: 'a.md', data: '# Title' })).title);`;
  const ran = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect([ran.stderr, ran.stdout]).toEqual(['', 'Title\n']);
});
