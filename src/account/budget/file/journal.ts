import { crc32 } from 'node:zlib';
import type { AccountState } from '../account.ts';
import type { Floor } from '../ledger.ts';
import type { AccountFigures } from '../store.ts';

/**
 * A journal is lines of a checksum and JSON. Each says what accounts hold after something happened, never by how much
 * they changed: so the last line of an account says all of it, and a line that is lost matters only where no later one
 * of the same account follows.
 */
export interface JournalHeader {
  readonly floors: readonly Floor[];
  /** Of periods that had begun by then, something may be missing. */
  readonly uncertainBeforeMs: number | undefined;
}

export interface JournalContent {
  readonly header: JournalHeader;
  readonly accounts: readonly AccountState[];
  /** Lines that are not what was written, and numbers that are missing between them. */
  readonly lostLines: number;
}

const version = 1;

type Row = readonly [
  budget: string,
  owner: string,
  startMs: number,
  endMs: number,
  spentPico: string,
  estimatedPico: string,
  reservedPico: string,
  isUncertain: 0 | 1,
  alerted: readonly number[],
];

export function headerLine({ floors, uncertainBeforeMs }: JournalHeader): string {
  return line({
    n: 0,
    telltale: version,
    floors: floors.map(({ budget, startMs, pico }) => [budget, startMs, String(pico)]),
    uncertainBeforeMs: uncertainBeforeMs ?? null,
  });
}

/** @param number of the line: one more than of the line before */
export function accountsLine(number: number, accounts: readonly AccountFigures[]): string {
  return line({ n: number, a: accounts.map(rowOf) });
}

function line(record: object): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

/**
 * Reads what a process has left. What was reserved when it ended counts as spent: nobody knows what became of it. A last
 * line without its end was being written when the process ended, and nobody has acted upon it.
 */
export function readJournal(text: string): JournalContent {
  const lines = text.split('\n');
  lines.pop();
  let header: JournalHeader = { floors: [], uncertainBeforeMs: undefined };
  const found = new Map<string, { state: AccountState; at: number }>();
  let expected = 0;
  let lostLines = 0;
  let badInARow = 0;
  /** What was said up to here may have been said otherwise in a line that is lost. */
  let lostAt = -1;
  for (const [at, one] of lines.entries()) {
    const record = recordOf(one);
    const states = record && record.number >= expected ? statesOf(record) : undefined;
    if (!record || !states) {
      badInARow++;
      lostAt = at;
      continue;
    }
    const missing = Math.max(record.number - expected, badInARow);
    if (missing > 0) lostAt = at - 1;
    lostLines += missing;
    badInARow = 0;
    expected = record.number + 1;
    if (states.header) header = states.header;
    for (const state of states.accounts) {
      const key = JSON.stringify([state.account.budget, state.account.owner]);
      // What ended late was written into the period in which it began.
      if ((found.get(key)?.state.startMs ?? state.startMs) <= state.startMs) found.set(key, { state, at });
    }
  }
  lostLines += badInARow;
  if (lines.length === 0) lostLines = 1;
  const accounts = Array.from(found.values(), ({ state, at }) =>
    at <= lostAt ? { ...state, isUncertain: true } : state,
  );
  return { header, accounts, lostLines };
}

interface JournalRecord {
  readonly number: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

function recordOf(one: string): JournalRecord | undefined {
  const json = one.slice(9);
  if (one[8] !== ' ' || one.slice(0, 8) !== checksum(json)) return undefined;
  try {
    const fields = JSON.parse(json) as Record<string, unknown>;
    const number = fields['n'];
    return typeof number === 'number' ? { number, fields } : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where the line is whole and yet says nothing that this version writes. */
function statesOf({
  number,
  fields,
}: JournalRecord):
  | { readonly header?: JournalHeader; readonly accounts: readonly AccountState[] }
  | undefined {
  try {
    if (number > 0) return { accounts: (fields['a'] as Row[]).map(stateOf) };
    if (fields['telltale'] !== version) return undefined;
    const before = fields['uncertainBeforeMs'];
    const floors = (fields['floors'] as [string, number, string][]).map(([budget, startMs, pico]) => ({
      budget,
      startMs,
      pico: BigInt(pico),
    }));
    return {
      accounts: [],
      header: { floors, uncertainBeforeMs: typeof before === 'number' ? before : undefined },
    };
  } catch {
    return undefined;
  }
}

function rowOf(figures: AccountFigures): Row {
  const { account, startMs, endMs, spentPico, estimatedPico, reservedPico, isUncertain, alerted } = figures;
  return [
    account.budget,
    account.owner,
    startMs,
    endMs,
    String(spentPico),
    String(estimatedPico),
    String(reservedPico),
    isUncertain ? 1 : 0,
    alerted,
  ];
}

function stateOf([
  budget,
  owner,
  startMs,
  endMs,
  spent,
  estimated,
  reserved,
  isUncertain,
  alerted,
]: Row): AccountState {
  return {
    account: { budget, owner },
    startMs,
    endMs,
    spentPico: BigInt(spent) + BigInt(reserved),
    estimatedPico: BigInt(estimated) + BigInt(reserved),
    isUncertain: isUncertain === 1,
    alerted,
  };
}
