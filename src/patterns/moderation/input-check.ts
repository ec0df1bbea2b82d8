import { invalidOption } from '../../check.ts';
import type { JsonObject } from '../../json.ts';
import type { Content } from './content.ts';
import type { GuardSettings } from './options.ts';
import { malformed, tooLarge } from './refusals.ts';

/**
 * What can be seen of an input without asking anybody.
 *
 * @throws TelltaleError `input_refused`
 */
export async function checkInput(
  { maxCharacters, maxBytes, check }: GuardSettings,
  request: JsonObject,
  { texts }: Content,
): Promise<void> {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters > maxCharacters) throw tooLarge('characters', characters, maxCharacters);
  const input = request['messages'] ?? request['input'];
  const bytes = Buffer.byteLength(jsonOf(input));
  if (bytes > maxBytes) throw tooLarge('bytes', bytes, maxBytes);
  let passes: unknown;
  try {
    passes = await check?.(input);
  } catch (cause) {
    throw malformed(cause);
  }
  if (passes === false) throw malformed(undefined);
}

function jsonOf(input: unknown): string {
  try {
    return JSON.stringify(input) ?? '';
  } catch {
    // A cycle, or a bigint: the client could not send it either.
    throw invalidOption('request', 'JSON', input);
  }
}
