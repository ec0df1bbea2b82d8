import type { DocumentData } from '../../../src/patterns/index.ts';

/** A document whose chapters are of about 400 tokens each. */
export function chapters(count: number, name = 'book.md'): DocumentData {
  const chapter = (at: number): string =>
    `# Chapter ${at}\n\nThe finding of chapter ${at} is number ${at}. ${`Words of chapter ${at} go on. `.repeat(60)}`;
  return { name, data: Array.from({ length: count }, (_, at) => chapter(at + 1)).join('\n\n') };
}
