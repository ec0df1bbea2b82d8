import { asArray, asObject, asText } from '../json.ts';

/**
 * The id of the tool call for which a tool runs, told from the runner's messages: the one call of that name in the
 * model's last turn, among several the one with the very arguments. Undefined where that leaves not just one, because
 * newer clients run the tools of a turn at once, and parsed arguments may come in any order.
 */
export function toolCallId(runner: unknown, name: string, given: unknown): string | undefined {
  const turn = asArray(asObject(runner)?.['messages'])
    .map(asObject)
    .findLast((message) => message?.['role'] === 'assistant');
  const named = asArray(turn?.['tool_calls'])
    .map(asObject)
    .filter((call) => asObject(call?.['function'])?.['name'] === name);
  const meant =
    named.length > 1 ? named.filter((call) => asObject(call?.['function'])?.['arguments'] === given) : named;
  return meant.length === 1 ? asText(meant[0]?.['id']) : undefined;
}
