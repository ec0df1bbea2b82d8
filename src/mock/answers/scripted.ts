import type { Ask } from '../answer.ts';
import type { Reply } from '../completion.ts';
import { recordOf } from '../fields.ts';
import type { Count } from '../usage.ts';
import type { World } from '../world.ts';
import { parseAnswer } from './parse-script.ts';
import type { ToolCall } from './part.ts';
import { piecesSaid, textSaid } from './said.ts';
import type {
  AnswerFixture,
  AnswerMatch,
  AnswerRequest,
  Answers,
  ScriptedAnswer,
  ScriptedBody,
  ScriptedCall,
  ScriptedSpeech,
} from './script.ts';
import { callText, toolCallId } from './tool-calls.ts';

/** What is scripted for a request; undefined where nothing is. */
export function scriptFor(
  answers: Answers,
  request: AnswerRequest,
  world: World,
): ScriptedSpeech | ScriptedBody | undefined | Promise<ScriptedSpeech | ScriptedBody | undefined> {
  if (typeof answers !== 'function') return spelledOut(fixtureFor(answers, request, world)?.answer);
  const answer = answers(request);
  // Whatever can be waited for is.
  return recordOf(answer)?.['then'] ? Promise.resolve(answer).then(checked) : checked(answer);
}

function checked(answer: unknown): ScriptedSpeech | ScriptedBody | undefined {
  return answer === undefined ? undefined : spelledOut(parseAnswer('answers(…)', answer));
}

function spelledOut(answer: ScriptedAnswer | undefined): ScriptedSpeech | ScriptedBody | undefined {
  return typeof answer === 'string' ? { text: answer } : answer;
}

/** How many requests each fixture has answered. */
function usesIn(_world: World): Map<AnswerFixture, number> {
  return new Map();
}

function fixtureFor(fixtures: readonly AnswerFixture[], request: AnswerRequest, world: World) {
  const uses = world.part(usesIn);
  const fixture = fixtures.find(
    ({ match = {}, times = Number.POSITIVE_INFINITY }, index) =>
      (uses.get(fixtures[index] as AnswerFixture) ?? 0) < times && matches(match, request),
  );
  if (fixture) uses.set(fixture, (uses.get(fixture) ?? 0) + 1);
  return fixture;
}

function matches(match: AnswerMatch, request: AnswerRequest): boolean {
  const { endpoint, model, text, callId, headers = {} } = match;
  return (
    (endpoint === undefined || endpoint === request.endpoint) &&
    (model === undefined || isModel(model, request.model)) &&
    (text === undefined ||
      (typeof text === 'string' ? request.text.includes(text) : text.test(request.text))) &&
    (callId === undefined || is(callId, request.callId)) &&
    Object.entries(headers).every(([name, wanted]) => is(wanted, String(request.headers[name] ?? '')))
  );
}

function is(wanted: string | RegExp, value: string): boolean {
  return typeof wanted === 'string' ? wanted === value : wanted.test(value);
}

function isModel(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}

/** What a script has a choice say. */
export function replyOf(script: ScriptedSpeech, { seed }: Ask, count: Count): (about: string) => Reply {
  const spoken = spokenOf(script, count);
  return (about) => {
    const calls = (script.toolCalls ?? []).map((call, index) =>
      toolCall(call, seed, `${about} ${index}`, count),
    );
    const { finishReason, reasoningTokens } = script;
    return {
      isScript: true,
      parts:
        spoken.length + calls.length === 0 ? [{ kind: 'text', said: piecesSaid([]) }] : [...spoken, ...calls],
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
    };
  };
}

function spokenOf({ text, json, refusal, chunks }: ScriptedSpeech, count: Count): Reply['parts'] {
  if (chunks !== undefined) return [{ kind: 'text', said: piecesSaid(chunks, count(chunks.join(''))) }];
  if (refusal !== undefined) return [{ kind: 'refusal', said: textSaid(refusal, count(refusal)) }];
  const said = text ?? (json === undefined ? undefined : JSON.stringify(json));
  return said === undefined ? [] : [{ kind: 'text', said: textSaid(said, count(said)) }];
}

function toolCall(call: ScriptedCall, seed: number, about: string, count: Count): ToolCall {
  const { name, input, arguments: args = {}, id = toolCallId(seed, about) } = call;
  const text = input ?? (typeof args === 'string' ? args : JSON.stringify(args));
  return {
    kind: 'call',
    type: input === undefined ? 'function' : 'custom',
    name,
    id,
    said: callText(text, count),
    nameTokens: count(name),
  };
}
