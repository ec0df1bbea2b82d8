import { asArray, asObject, type JsonObject } from '../../json.ts';
import { type Content, ContentReader } from './content.ts';

/** Written by the application, which need not be protected from itself. */
const ownRoles: readonly unknown[] = ['system', 'developer'];

/** What was said to the model, by whomever, except the application's own instructions. */
export function contentOfRequest(request: JsonObject): Content {
  const reader = new ContentReader();
  for (const said of [request['input'], request['messages']]) {
    const items: readonly unknown[] = Array.isArray(said) ? said : [said];
    for (const item of items) if (!ownRoles.includes(asObject(item)?.['role'])) reader.readItem(item);
  }
  // A stored prompt is the application's; what is put into it need not be, whatever its name.
  for (const value of Object.values(asObject(asObject(request['prompt'])?.['variables']) ?? {}))
    reader.readItem(value);
  return reader.content;
}

/** What a response, or a chat completion with all of its choices, says. */
export function contentOfAnswer(answer: unknown): Content {
  const reader = new ContentReader();
  const { output, choices } = asObject(answer) ?? {};
  // No answer of the API: whatever it is, as the page of a proxy.
  if (answer !== undefined && !Array.isArray(output) && !Array.isArray(choices)) reader.readItem(answer);
  for (const item of asArray(output)) reader.readItem(item);
  for (const choice of asArray(choices)) reader.readItem(asObject(choice)?.['message']);
  return reader.content;
}

/** The text of a response, or of the first choice of a chat completion; empty where there is none. */
export function textOfAnswer(answer: unknown): string {
  const { output, choices } = asObject(answer) ?? {};
  const [first] = asArray(choices);
  const content = asObject(asObject(first)?.['message'])?.['content'];
  if (typeof content === 'string') return content;
  return asArray(output)
    .map(asObject)
    .filter((item) => item?.['type'] === 'message')
    .flatMap((item) => asArray(item?.['content']))
    .map(asObject)
    .map((part) => (part?.['type'] === 'output_text' ? part['text'] : undefined))
    .filter((text) => typeof text === 'string')
    .join('');
}
