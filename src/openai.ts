import * as original from 'openai';
import { observeOptionsFrom } from './register/environment.ts';
import { observeClasses } from './register/observed-class.ts';
import { observe } from './wrap/observe-client.ts';

/*
 * `import OpenAI from 'telltale/openai'` is `openai` with clients that are observed. Its types are openai's own and
 * come from `openai-types.ts`: a class that is declared here could not carry the types in the namespace of the
 * original (`OpenAI.Chat.ChatCompletion`).
 */
const observed = observeClasses(original, (client) => {
  observe(client, observeOptionsFrom(process.env));
});

// biome-ignore lint/performance/noReExportAll: whatever openai exports, in whichever version, is exported here too.
export * from 'openai';
export type OpenAI = original.OpenAI;
export const OpenAI = observed(original.OpenAI);
export type AzureOpenAI = original.AzureOpenAI;
export const AzureOpenAI = observed(original.AzureOpenAI);
export type BedrockOpenAI = original.BedrockOpenAI;
/** Undefined with an openai that has no Bedrock client yet. */
export const BedrockOpenAI = observed(original.BedrockOpenAI);
export default OpenAI;
