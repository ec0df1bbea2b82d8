import OpenAI, { AzureOpenAI, toFile } from 'openai';
import * as v6 from 'openai-v6';
import * as v60 from 'openai-v6-0';

/** One version of the client. All are typed as the newest: what the cases use is the same in each. */
export interface World {
  readonly version: '6.0.0' | '6.49.0' | '7.57.0';
  readonly major: 6 | 7;
  readonly OpenAI: typeof OpenAI;
  readonly AzureOpenAI: typeof AzureOpenAI;
  readonly toFile: typeof toFile;
}

export const worlds: readonly World[] = [
  {
    version: '6.0.0',
    major: 6,
    OpenAI: v60.default as unknown as typeof OpenAI,
    AzureOpenAI: v60.AzureOpenAI as unknown as typeof AzureOpenAI,
    toFile: v60.toFile as unknown as typeof toFile,
  },
  {
    version: '6.49.0',
    major: 6,
    OpenAI: v6.default as unknown as typeof OpenAI,
    AzureOpenAI: v6.AzureOpenAI as unknown as typeof AzureOpenAI,
    toFile: v6.toFile as unknown as typeof toFile,
  },
  { version: '7.57.0', major: 7, OpenAI, AzureOpenAI, toFile },
];

export function worldOf(version: World['version']): World {
  const world = worlds.find((one) => one.version === version);
  if (!world) throw new Error(`openai ${version} is not installed`);
  return world;
}
