import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';

/** Whether this machine's clock agrees with the provider's. */
export const clockCheck: Check = { name: 'clock', run: clockFindings };

/** More than a slow answer explains. */
const warningMs = 5_000;
/** Tokens and signatures are refused about there. */
const problemMs = 5 * 60_000;
/** A header tells whole seconds: on average this much has passed. */
const halfSecondMs = 500;

async function clockFindings({ offline, provider }: DoctorContext): Promise<readonly Finding[]> {
  if (offline) return [skipped('not compared (--offline)')];
  const asked = await provider();
  if (asked?.reached !== 'answer') return [skipped('not compared: the provider did not answer')];
  const { dateMs, atMs, tookMs } = asked.answer;
  if (dateMs === undefined) return [skipped('not compared: the provider does not say its time')];
  const aheadMs = atMs - (dateMs + halfSecondMs);
  const skewMs = Math.max(0, Math.abs(aheadMs) - tookMs / 2 - halfSecondMs);
  if (skewMs <= warningMs) return [ok('agrees with that of the provider')];
  const says = `This machine's clock is ${spanText(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the provider's.`;
  const todo =
    'Let the system set its clock by the network (timedatectl set-ntp true, or the settings of the system).';
  return [skewMs > problemMs ? problem(says, todo) : warning(says, todo)];
}

function spanText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
