import type { Clock } from '../../clock.ts';
import type { Check, DoctorContext } from './context.ts';
import { type Finding, warning } from './finding.ts';
import { hideKey } from './hide-key.ts';

/** A finding with the check that it is of. */
export type CheckedFinding = Finding & { readonly check: string };

/** How long a check may take. Those that ask somebody end by themselves before. */
export const checkMs = 9_000;

/** Runs the checks side by side, in whose order the findings come. Never rejects, and ends in time whatever a check does. */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
): Promise<readonly CheckedFinding[]> {
  const findings = await Promise.all(
    checks.map(async (check) =>
      (await findingsOf(check, context)).map((one) => ({ check: check.name, ...one })),
    ),
  );
  const keys = ['OPENAI_API_KEY', 'AZURE_OPENAI_API_KEY'].map((name) => context.env[name] ?? '');
  const hidden = (text: string): string => keys.reduce(hideKey, text);
  return findings.flat().map((one) => ({
    ...one,
    says: hidden(one.says),
    ...('todo' in one && { todo: hidden(one.todo) }),
  }));
}

async function findingsOf(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  try {
    return await inTime(Promise.resolve(check.run(context)), context.clock);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      warning(
        `This could not be checked: ${reason.slice(0, 200)}`,
        'Look at it by hand; the other checks are not touched by it.',
      ),
    ];
  }
}

function inTime(work: Promise<readonly Finding[]>, clock: Clock): Promise<readonly Finding[]> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(
      () => reject(new Error(`there was no end to it within ${checkMs / 1_000} s`)),
      checkMs,
      'work',
    );
    work.then(resolve, reject).finally(cancel);
  });
}
