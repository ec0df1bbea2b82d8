import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkBoolean, checkClock, checkObject, checkString, invalidOption } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { TelltaleError } from '../../errors.ts';
import { FileLock } from '../budget/file/file-lock.ts';
import { addCounts, noCounts } from './audit-counts.ts';
import { AuditFiles } from './audit-files.ts';
import { isWholeLine, lineOf, linesOf, readLine } from './audit-line.ts';
import { type AuditStore, checkSecret, checkStore } from './audit-options.ts';
import { type AuditEntry, type AuditKey, dayOf, nameOf, none, other } from './day-book.ts';
import { keptUser } from './kept-user.ts';

/** Whom an audit is to forget, and what of the calls stays. */
export interface EraseOptions {
  /** As the application names them in `callWith`. */
  readonly user: string;
  /** The key that the audit is kept with: the user is found by their HMAC too. @default none */
  readonly hashUsersWith?: string;
  /** Names of tags that say nothing of a person and stay, as `feature`. The other tags of the user's calls go. @default [] */
  readonly keepTags?: readonly string[];
  /** No process writes to this audit now, so files of today are written anew too. @default false */
  readonly stopped?: boolean;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

/** What was erased of an audit. */
export interface AuditErasure {
  /** Calls that were counted for the user; 0 also where the audit is kept with another key than the one given. */
  readonly calls: number;
  /** Files that were written anew. */
  readonly files: readonly string[];
  /** Lines that could not be read, so that nobody can say whose they were. They counted for nothing, and are gone. */
  readonly unreadableLines: number;
  /** Files that were left as they are, because a process may still write to them: call it again when their day is over. */
  readonly left: readonly string[];
}

/** A process that is busy at midnight still writes what the day before had. */
const lateMs = 600_000;

/**
 * Takes one user out of an audit in files, as a request for erasure asks for. What they used and cost stays and counts for
 * `_none` from then on, without their tags but those of `keepTags`, so that all sums by day, endpoint and model are as before; a tag
 * of any other call whose name or value is the user's id goes as well. What was counted together as `_other` holds no user. Each file is
 * replaced by a rename, so a crash leaves the old one or the new one, and who reads meanwhile reads one of them. Its owner and mode
 * stay, so it takes the owner of the files, or root; of a link, what it leads to is replaced. Call it again after an error or a crash: it goes on with what is left.
 *
 * A process that counts has its day in memory and would write the user down again. So files of today (UTC), and of
 * yesterday until ten past midnight, are left and named, unless `stopped` says that no process writes. Nor may one that could
 * not write since, as on a full disk: what it has would count twice then. Of copies and backups it knows nothing. A directory that is not there holds nobody.
 *
 * @throws TelltaleError `invalid_option`; `record_locked`: somebody else erases there; `record_newer`: a newer version has
 * written a line, and nothing was changed; what the file system throws
 *
 * @example
 * ```ts
 * const { calls, left } = await eraseFromAudit(fileAuditStore('./audit'), { user: 'u-42', keepTags: ['feature'] });
 * if (left.length > 0) console.warn('Call it again tomorrow, for', left);
 * ```
 */
export async function eraseFromAudit(store: AuditStore, options: EraseOptions): Promise<AuditErasure> {
  const { directory } = checkStore('store', store);
  const { ids, keepTags, stopped, clock } = checkErase(options);
  const all = await new AuditFiles(directory).list();
  if (all.length === 0) return { calls: 0, files: [], unreadableLines: 0, left: [] };
  const today = dayOf(clock.epochMs() - lateMs);
  const isOver = (day: string): boolean => stopped || day < today;
  const lock = lockOf(directory, clock);
  try {
    const theirs: string[] = [];
    const leftovers: string[] = [];
    // Nothing is changed before all was read, and no more than one file is in memory.
    for (const { name, day, isLeftover } of all) {
      if (!isOver(day)) continue;
      const file = path.join(directory, name);
      if (isLeftover) leftovers.push(file);
      else if (await cleanedOf(file, ids, keepTags)) theirs.push(file);
    }
    // What a crash left of a rewrite is in the file itself, whole.
    for (const file of leftovers) await rm(file, { force: true });
    const erased = { calls: 0, files: [] as string[], unreadableLines: 0 };
    for (const file of theirs) {
      const cleaned = await cleanedOf(file, ids, keepTags);
      if (!cleaned || !(await replace(file, cleaned.text))) continue;
      erased.files.push(file);
      erased.calls += cleaned.calls;
      erased.unreadableLines += cleaned.unreadableLines;
    }
    const left = all.flatMap(({ name, day }) => (isOver(day) ? [] : path.join(directory, name)));
    return { ...erased, left };
  } finally {
    lock.release();
  }
}

interface Cleaned {
  readonly calls: number;
  readonly unreadableLines: number;
  readonly text: string;
}

/** A file without the user; undefined where it holds nothing of them. */
async function cleanedOf(
  file: string,
  ids: ReadonlySet<string>,
  keepTags: ReadonlySet<string>,
): Promise<Cleaned | undefined> {
  const text = await readFile(file, 'utf8').catch(unlessGone);
  const entries = new Map<string, AuditEntry>();
  let unreadableLines = 0;
  for (const [at, line] of linesOf(text ?? '').entries()) {
    if (line === '') continue;
    const entry = readLine(line);
    if (entry) entries.set(nameOf(entry.key), entry);
    else if (isWholeLine(line)) throw newer(file, at + 1);
    else unreadableLines++;
  }
  const kept = new Map<string, AuditEntry>();
  let calls = 0;
  let isTheirs = false;
  for (const { key, counts } of entries.values()) {
    const left = without(key, ids, keepTags);
    if (left !== key) isTheirs = true;
    if (ids.has(key.user)) calls += counts.calls;
    const name = nameOf(left);
    const sum = kept.get(name) ?? { key: left, counts: noCounts() };
    addCounts(sum.counts, counts);
    kept.set(name, sum);
  }
  if (!isTheirs && unreadableLines === 0) return undefined;
  return { calls, unreadableLines, text: [...kept.values()].map(lineOf).join('') };
}

/** The same key where it says nothing of the user. */
function without(key: AuditKey, ids: ReadonlySet<string>, keepTags: ReadonlySet<string>): AuditKey {
  const isTheirs = ids.has(key.user);
  const tags = Object.entries(key.tags ?? {});
  const left = tags.filter(
    ([name, value]) => !ids.has(name) && !ids.has(value) && (!isTheirs || keepTags.has(name)),
  );
  if (!isTheirs && left.length === tags.length) return key;
  return {
    ...key,
    user: isTheirs ? none : key.user,
    tags: key.tags && Object.fromEntries(left),
  };
}

/**
 * By a file beside it that is on the disk before it takes its place, and that whoever read the old one can read. Of a link
 * it is what the link leads to: the user would stay there. False where the file is gone meanwhile.
 */
async function replace(name: string, text: string): Promise<boolean> {
  const file = await realpath(name).catch(unlessGone);
  const old = file === undefined ? undefined : await stat(file).catch(unlessGone);
  if (file === undefined || !old) return false;
  const beside = `${file}.new`;
  await rm(beside, { force: true });
  try {
    const next = await open(beside, 'wx', 0o600);
    try {
      await next.writeFile(text);
      const { uid, gid } = await next.stat();
      if (uid !== old.uid || gid !== old.gid) await chown(beside, old.uid, old.gid);
      await next.chmod(old.mode & 0o777);
      await next.sync();
    } finally {
      await next.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  return true;
}

/** Its day is not kept any more, and a process has removed it. */
function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Two that write the same file anew would each bring back whom the other erased. */
function lockOf(directory: string, clock: Clock): FileLock {
  const file = path.join(directory, 'erase.lock');
  try {
    return new FileLock(file, clock);
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    throw new TelltaleError(
      'record_locked',
      `Somebody else erases from this audit. Try again when they have ended. If no such process is there, delete \`${file}\`.`,
      { cause: error },
    );
  }
}

function newer(file: string, line: number): TelltaleError {
  return new TelltaleError(
    'record_newer',
    `Line ${line} of ${file} was written by a newer version of Telltale, so nothing was erased. Erase with that version.`,
  );
}

function checkErase(options: unknown) {
  const keys = ['user', 'hashUsersWith', 'keepTags', 'stopped', 'clock'];
  const given = checkObject('options', options, keys);
  const { keepTags = [], stopped = false, clock } = given;
  const user = checkString('options.user', given['user']);
  if (user === none || user === other) throw invalidOption('options.user', 'the id of a user', user);
  const secret = checkSecret('options', given);
  if (!Array.isArray(keepTags)) throw invalidOption('options.keepTags', 'a list of names of tags', keepTags);
  return {
    // Plain too: of the time before `hashUsersWith`, and in tags.
    ids: new Set([user, keptUser(user, secret)]),
    keepTags: new Set(keepTags.map((name, at) => checkString(`options.keepTags[${at}]`, name))),
    stopped: checkBoolean('options.stopped', stopped),
    clock: clock === undefined ? systemClock : checkClock('options.clock', clock),
  };
}
