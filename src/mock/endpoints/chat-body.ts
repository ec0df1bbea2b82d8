import type { StreamAnswer, WholeAnswer } from '../answer.ts';
import { finishReasonOf, usageOf, wholeBody } from '../answers/body-answer.ts';
import type { ScriptedBody } from '../answers/script.ts';
import { serverErrorBody } from '../error-bodies.ts';
import { recordOf } from '../fields.ts';

/** A body as it stands: whole, or each of its choices in a chunk. */
export function chatBodyAnswer(script: ScriptedBody, streamed: boolean): WholeAnswer | StreamAnswer {
  const { body, status = 200 } = script;
  if (!streamed || status >= 400) return wholeBody(script);
  const { choices, usage, ...fields } = body;
  if (!Array.isArray(choices)) throw new Error('a body that is streamed must have `choices`, as chat has');
  const head = { ...fields, object: 'chat.completion.chunk' };
  const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
  const pieces = choices.map((choice: unknown, index) => {
    const { message, finish_reason: _, ...rest } = recordOf(choice) ?? {};
    const delta = deltaOf(message);
    return event({ ...head, choices: [{ index, ...rest, delta, finish_reason: null }] });
  });
  const finishes = choices.map((choice: unknown, index) => {
    const { finish_reason = 'stop' } = recordOf(choice) ?? {};
    return event({ ...head, choices: [{ index, delta: {}, finish_reason }] });
  });
  const told = usage === undefined ? [] : [event({ ...head, choices: [], usage })];
  const known = usageOf(body);
  return {
    kind: 'stream',
    opening: { text: '', count: 0 },
    tokens: pieces.length,
    tokenEvent: (index) => pieces[index] ?? '',
    outputTokensAfter: (sent) => (sent < pieces.length ? 0 : known.outputTokens),
    errorEvent: () => `data: ${serverErrorBody(500)}\n\n`,
    closing: {
      text: `${finishes.join('')}${told.join('')}data: [DONE]\n\n`,
      count: finishes.length + told.length,
    },
    usage: known,
    tellsUsage: told.length > 0,
    finishReason: finishReasonOf(body),
    inOnePiece: () => JSON.stringify(body),
  };
}

/** A message as the delta that brings all of it: its calls have places there. */
function deltaOf(message: unknown): object {
  const { tool_calls: calls, ...rest } = recordOf(message) ?? {};
  if (!Array.isArray(calls)) return rest;
  return { ...rest, tool_calls: calls.map((call: object, index) => ({ index, ...call })) };
}
