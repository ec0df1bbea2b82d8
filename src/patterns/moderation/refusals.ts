import { TelltaleError } from '../../errors.ts';
import type { GuardStage } from './answer.ts';

/** None of these says anything of what was asked or answered. */

export function flagged(
  stage: GuardStage,
  categories: readonly string[],
  costUsd: number | undefined,
): TelltaleError {
  return new TelltaleError('flagged', `Moderation refuses the ${stage}: ${categories.join(', ')}.`, {
    categories,
    stage,
    costUsd,
  });
}

export function unavailable(stage: GuardStage, cause: unknown, costUsd: number | undefined): TelltaleError {
  return new TelltaleError(
    'moderation_unavailable',
    `The ${stage} could not be moderated, and is refused for that (onFailure: 'closed'). The cause says why.`,
    { cause, stage, costUsd },
  );
}

export function tooLarge(what: string, got: number, most: number): TelltaleError {
  return new TelltaleError(
    'input_refused',
    `The input has ${got} ${what}, and at most ${most} are allowed. Nothing was sent.`,
    { stage: 'input' },
  );
}

export function malformed(cause: unknown): TelltaleError {
  return new TelltaleError('input_refused', 'The input does not pass `input.check`. Nothing was sent.', {
    ...(cause !== undefined && { cause }),
    stage: 'input',
  });
}

/** As of a bad option, but without what was got, which may be what somebody said. */
export function wrongRequest(option: string, expected: string): TelltaleError {
  return new TelltaleError('invalid_option', `Expected \`${option}\` ${expected}.`, { option });
}
