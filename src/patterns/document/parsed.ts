import type { Block, DocumentType } from './document.ts';

/** What is to be parsed, as it can be given to another thread. */
export type ParseTask =
  | { readonly type: Exclude<DocumentType, 'pdf'>; readonly text: string; readonly maxCharacters: number }
  | {
      readonly type: 'pdf';
      readonly bytes: Uint8Array;
      readonly maxCharacters: number;
      readonly maxPages: number;
    };

/** What a parser found, as it can be given to another thread. */
export interface Parsed {
  readonly title?: string;
  readonly blocks: readonly Block[];
  readonly characters: number;
  readonly pages?: number;
  readonly pagesWithoutText?: readonly number[];
}
