import type OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import type { Sink } from '../floor/book.ts';
import type { OpenAIClass } from '../subjects.ts';

export interface OpenAIModule {
  readonly OpenAI: OpenAIClass;
}

/** What a wrapper is set up with. */
export interface Kit {
  /**
   * Loads the openai package that is to be wrapped. The bare client comes from another copy of it, of the same version,
   * so that a wrapper that changes the package for everybody does not change that one.
   */
  readonly loadOpenAI: () => OpenAIModule;
  readonly clientOptions: ClientOptions;
}

export interface Subject {
  readonly openai: OpenAI;
  readonly sink: Sink;
}

export interface Wrapper {
  readonly name: string;
  /** The installed package; none for what is no package of others. */
  readonly packageName?: string;
  /** The name that the openai package which it is measured on has in `bench/package.json`. */
  readonly openai: 'openai' | 'openai-v6';
  /** Whether it speaks through OpenTelemetry's SDK, so that its floor is made with that; else it has one of its own. */
  readonly openTelemetry: boolean;
  /** As its README says, with the options that it has by default. */
  readonly setUp: (kit: Kit) => Subject | Promise<Subject>;
}
