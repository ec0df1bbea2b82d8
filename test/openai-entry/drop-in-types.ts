/*
 * Compiled by `npm run typecheck`, never run: code written for `openai` compiles with `telltale/openai`, and the types
 * of the two are the same, so that values pass from one to the other.
 */
import type * as bare from 'openai';
import OpenAI, {
  APIError,
  AzureOpenAI,
  type ClientOptions,
  type OpenAI as NamedOpenAI,
  toFile,
  type Uploadable,
} from '../../src/openai-types.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export const same: {
  readonly [Name in 'constructor' | 'instance' | 'named' | 'azure' | 'options' | 'message']: true;
} = {
  constructor: true satisfies Same<typeof OpenAI, typeof bare.default>,
  instance: true satisfies Same<OpenAI, bare.default>,
  named: true satisfies Same<NamedOpenAI, bare.OpenAI>,
  azure: true satisfies Same<AzureOpenAI, bare.AzureOpenAI>,
  options: true satisfies Same<ClientOptions, bare.ClientOptions>,
  message: true satisfies Same<
    OpenAI.Chat.ChatCompletionMessageParam,
    bare.OpenAI.Chat.ChatCompletionMessageParam
  >,
};

/** Every name of openai is there, with its type. */
export const everything: true = true satisfies Same<
  typeof import('../../src/openai-types.ts'),
  typeof import('openai')
>;

export class OwnClient extends OpenAI {
  readonly tenant: string;

  constructor(tenant: string, options?: ClientOptions) {
    super({ ...options, defaultHeaders: { 'x-tenant': tenant } });
    this.tenant = tenant;
  }
}

export async function use(): Promise<string | null | undefined> {
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: 'user', content: 'hi' }];
  const client: NamedOpenAI = new OpenAI();
  const azure: OpenAI = new AzureOpenAI({ apiVersion: '2025-01-01' }).withOptions({ timeout: 1 });
  const file: Uploadable = await toFile(Buffer.from('x'), 'x.txt');
  try {
    await azure.files.create({ file, purpose: 'batch' });
    const completion: OpenAI.Chat.Completions.ChatCompletion = await client.chat.completions.create({
      model: 'gpt-5-mini',
      messages,
    });
    return completion.choices[0]?.message.content;
  } catch (error) {
    if (error instanceof OpenAI.RateLimitError) return error.headers.get('retry-after');
    if (error instanceof APIError) return error.message;
    throw error;
  }
}

// @ts-expect-error the types are checked, and not `any`
export const wrong: OpenAI.Chat.ChatCompletionMessageParam = { role: 'nobody' };
