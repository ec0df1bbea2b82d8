import { plain } from '../shared/plain.ts';
import { widthOf, wrapped } from '../shared/table.ts';
import type { CheckedFinding } from './run-checks.ts';

const words = { ok: 'ok', skipped: '-', warning: 'warning', problem: 'PROBLEM' } as const;
const gap = '  ';
const stateWidth = Math.max(...Object.values(words).map((word) => word.length));

/** A table: how it is, what was looked at, and what is there, with what to do below it where something is wrong. */
export function showFindings(findings: readonly CheckedFinding[], columns: number): string {
  const checkWidth = Math.max(0, ...findings.map(({ check }) => widthOf(check)));
  const indent = ' '.repeat(stateWidth + checkWidth + 2 * gap.length);
  const width = Math.max(24, Math.min(columns, 120) - indent.length);
  const lines = findings.flatMap((one) => {
    const first = words[one.state].padEnd(stateWidth) + gap + one.check.padEnd(checkWidth) + gap;
    const says = wrapped(plain(one.says), width);
    const todo = 'todo' in one ? wrapped(`-> ${plain(one.todo)}`, width, '   ') : [];
    return [...says, ...todo].map((line, at) => (at === 0 ? first : indent) + line);
  });
  return [...lines, '', summaryOf(findings), ''].join('\n');
}

function summaryOf(findings: readonly CheckedFinding[]): string {
  const counted = (['problem', 'warning'] as const).flatMap((state) => {
    const count = findings.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${count} ${state}${count === 1 ? '' : 's'}`];
  });
  return counted.length === 0 ? 'Nothing is wrong.' : `${counted.join(', ')}.`;
}

/** For programs: `ok` is whether nothing is a problem. */
export function findingsJson(findings: readonly CheckedFinding[]): string {
  const ok = findings.every(({ state }) => state !== 'problem');
  return `${JSON.stringify({ ok, checks: findings }, undefined, 2)}\n`;
}
