import { RunFailure } from '../../../loadtest/run-failure.ts';
import { usdText } from '../shared/figures-text.ts';
import type { Interrupt } from '../shared/interrupt.ts';
import type { Session } from '../shared/session.ts';
import { confirm, plain } from '../shared/terminal.ts';
import type { BatchSettings } from './settings.ts';
import type { Survey } from './survey.ts';

export function surveyLine({ requests, inputTokens, leastUsd, mostUsd, unpriced }: Survey): string {
  // An estimate has no more than three digits that say something.
  const tokens = Number(inputTokens.toPrecision(3)).toLocaleString('en-US');
  const counted = `${requests.toLocaleString('en-US')} ${requests === 1 ? 'request' : 'requests'}`;
  const most = mostUsd === undefined ? 'with no bound to the answers' : `at most ${usdText(mostUsd)}`;
  const cost =
    unpriced.length > 0
      ? `cost unknown: there is no price for ${plain(unpriced.join(' and '))}`
      : `${leastUsd < 1e-6 ? '' : `at least ${usdText(leastUsd)}, `}${most}`;
  return `${counted}, about ${tokens} tokens in: ${cost}.`;
}

/**
 * Asks where it may cost too much.
 *
 * @returns whether to send
 * @throws RunFailure where nobody can be asked
 */
export async function maySend(
  survey: Survey,
  { askAboveUsd, isAgreed }: BatchSettings,
  { terminal, isMock }: Pick<Session, 'terminal' | 'isMock'>,
  interrupt: Interrupt,
): Promise<boolean> {
  const { unpriced, mostUsd, leastUsd } = survey;
  // The mock costs nothing, so that a cost is not known is no danger.
  const isKnown = unpriced.length === 0 && mostUsd !== undefined;
  if (isAgreed || (isKnown ? mostUsd <= askAboveUsd : isMock)) return true;
  const why =
    unpriced.length > 0
      ? `Nobody knows what this costs, as there is no price for ${plain(unpriced.join(' and '))}`
      : mostUsd === undefined
        ? `This costs ${usdText(leastUsd)} and as much as the answers are long, which nothing bounds`
        : `This may cost up to ${usdText(mostUsd)}, which is more than ${usdText(askAboveUsd)}`;
  if (!terminal.mayAsk)
    throw new RunFailure(`${why}. Nothing was sent: add --yes${isKnown ? ', or a higher --ask-above' : ''}.`);
  try {
    return await confirm(terminal, `${why}. Send?`, interrupt.signal, interrupt.now);
  } catch (error) {
    // Ctrl-C at the question.
    if (interrupt.signal.aborted) return false;
    throw error;
  }
}
