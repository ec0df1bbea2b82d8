import { asObject, asString } from '../../json.ts';
import { withoutKeys } from '../../outside-word.ts';
import { told } from '../told.ts';
import { plain } from './terminal.ts';

/**
 * What went wrong, as a sentence that says what to do: an error of ours, or one of the client's by what the provider said.
 * Undefined for a bug.
 *
 * @param model the one that was asked
 */
export function failureSentence(error: unknown, model: string): string | undefined {
  const ours = told(error);
  if (ours) return withoutKeys(plain(ours.message));
  if (!(error instanceof Error)) return undefined;
  const { status, code, name } = asObject(error) ?? {};
  const said = withoutKeys(plain(error.message)).replace(/\s+/g, ' ').slice(0, 500);
  if (typeof status === 'number') return refusal(status, asString(code), said, model);
  const isConnection = /^APIConnection/.test(error.constructor.name) || /^APIConnection/.test(String(name));
  return isConnection ? `The provider could not be reached: ${said} Try again later.` : undefined;
}

function refusal(status: number, code: string | undefined, said: string, model: string): string {
  if (status === 401) return `The provider does not accept the API key: ${said} Check OPENAI_API_KEY.`;
  if (code === 'model_not_found' || (status === 404 && /model/i.test(said)))
    return `The provider does not know the model \`${plain(model)}\`, or this key may not use it: ${said} Choose another with --model.`;
  if (status === 403) return `The provider does not allow this: ${said}`;
  if (code === 'insufficient_quota') return `There is no money left at the provider: ${said}`;
  if (status === 429) return `The provider has no room for this at the moment: ${said} Try again later.`;
  if (status >= 500) return `The provider failed: ${said} Try again later.`;
  return `The provider refused the request: ${said}`;
}
