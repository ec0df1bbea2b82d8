import { asObject } from '../../json.ts';
import type { Content } from './content.ts';
import type { GuardedRequest, GuardSettings } from './options.ts';
import { malformed, tooLarge, wrongRequest } from './refusals.ts';
import { contentOfRequest } from './request-content.ts';

/** A request as it was when it was made, and what it says: what is sent is what was moderated. */
export interface TakenRequest {
  readonly request: GuardedRequest;
  readonly content: Content;
}

const saying = ['input', 'messages', 'prompt'] as const;

/**
 * Looks at what can be seen of an input without asking anybody.
 *
 * @throws TelltaleError `input_refused`, `invalid_option`
 */
export async function takeRequest(
  { maxCharacters, maxBytes, check }: GuardSettings,
  given: GuardedRequest,
): Promise<TakenRequest> {
  const fields: Record<string, unknown> = { ...given };
  let bytes = 0;
  for (const name of saying) {
    if (fields[name] === undefined) continue;
    const json = jsonOf(name, fields[name]);
    bytes += Buffer.byteLength(json);
    if (bytes > maxBytes) throw tooLarge('bytes', bytes, maxBytes);
    if (asObject(fields[name]) || Array.isArray(fields[name])) fields[name] = JSON.parse(json) as unknown;
  }
  const content = contentOfRequest(fields);
  const characters = content.texts.reduce((sum, text) => sum + text.length, 0);
  if (characters > maxCharacters) throw tooLarge('characters', characters, maxCharacters);
  let passes: unknown;
  try {
    // A copy of its own: it sees what is sent, whatever the application does meanwhile, and changes nothing of it.
    passes = await check?.(structuredClone(fields['messages'] ?? fields['input']));
  } catch (cause) {
    throw malformed(cause);
  }
  if (passes === false) throw malformed(undefined);
  return { request: fields as unknown as GuardedRequest, content };
}

function jsonOf(name: string, value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    // A cycle, or a bigint: the client could not send it either.
    throw wrongRequest(`request.${name}`, 'to be JSON');
  }
}
