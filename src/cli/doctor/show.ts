import { plain } from '../shared/plain.ts';
import { tableLines, wrapped } from '../shared/table.ts';
import type { CheckedFinding } from './run-checks.ts';

const words = { ok: 'ok', skipped: '-', warning: 'warning', problem: 'PROBLEM' } as const;

/** A table of all, then what is wrong in full, with what to do. */
export function showFindings(findings: readonly CheckedFinding[], columns: number): string {
  const rows = findings.map(({ state, check, says }) => [words[state], check, says]);
  const heads = [{ title: '' }, { title: 'check' }, { title: 'what is there' }];
  const wrong = findings.filter((one) => one.state === 'warning' || one.state === 'problem');
  const problems = wrong.filter(({ state }) => state === 'problem').length;
  const width = Math.max(40, Math.min(columns, 110));
  return [
    ...tableLines(heads, rows, columns),
    ...wrong.flatMap((one) => [
      '',
      ...wrapped(`${words[one.state]} ${one.check}: ${plain(one.says)}`, width, '  '),
      ...('todo' in one
        ? wrapped(`  -> ${plain(one.todo)}`, width, '     ').map((line, at) =>
            at === 0 ? `  ${line}` : line,
          )
        : []),
    ]),
    '',
    summaryOf(problems, wrong.length - problems),
    '',
  ].join('\n');
}

function summaryOf(problems: number, warnings: number): string {
  if (problems === 0 && warnings === 0) return 'Nothing is wrong.';
  const counted = [
    ...(problems > 0 ? [`${problems} problem${problems === 1 ? '' : 's'}`] : []),
    ...(warnings > 0 ? [`${warnings} warning${warnings === 1 ? '' : 's'}`] : []),
  ];
  return `${counted.join(', ')}.`;
}

export function findingsJson(findings: readonly CheckedFinding[]): string {
  const ok = findings.every(({ state }) => state !== 'problem');
  return `${JSON.stringify({ ok, checks: findings }, undefined, 2)}\n`;
}
