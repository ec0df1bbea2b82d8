import type { Call } from '../call.ts';

/** What the parameters of an endpoint are called that decide how much a model may say. */
interface Knobs {
  readonly allowance: string;
  readonly effort: string;
  /** Where the request gives the allowance. */
  readonly givenIn: readonly string[];
}

const knobs: Readonly<Record<string, Knobs>> = {
  chat: {
    allowance: 'max_completion_tokens',
    effort: 'reasoning_effort',
    givenIn: ['max_completion_tokens', 'max_tokens'],
  },
  responses: { allowance: 'max_output_tokens', effort: 'reasoning.effort', givenIn: ['max_output_tokens'] },
};

/** How chat and Responses say that the allowance was spent. */
const spent = ['length', 'max_output_tokens'];

/** What to change so that the next answer is whole; undefined where this one was, or where nothing is known. */
export function hintFor(call: Call): string | undefined {
  const { outcome, request, response } = call;
  const own = knobs[request.endpoint];
  if (!own) return undefined;
  if (outcome === 'truncated') {
    return (
      'The stream ended without a finish, so the answer is not whole: ask again. Where it recurs, look for a proxy ' +
      'on the way that limits how long a response may take.'
    );
  }
  if (outcome !== 'empty' && outcome !== 'ok') return undefined;
  const allowance = own.givenIn.find((name) => typeof request.body?.[name] === 'number');
  if (response.finishReasons?.some((reason) => spent.includes(reason))) {
    if (outcome === 'ok') return cutHint(allowance);
    return allowance === undefined
      ? `Everything that the model may write went into reasoning: lower \`${own.effort}\`.`
      : `The whole allowance went into reasoning: raise \`${allowance}\`, or lower \`${own.effort}\`.`;
  }
  if (outcome === 'ok') return undefined;
  if (response.finishReasons?.includes('content_filter'))
    return 'The content filter of the provider took the answer away.';
  return `The model ended by itself with nothing to show: ask again, or lower \`${own.effort}\`.`;
}

function cutHint(allowance: string | undefined): string {
  return allowance === undefined
    ? 'The answer was cut at the most that the model may write: ask for less at a time.'
    : `The answer was cut at its allowance: raise \`${allowance}\`.`;
}
