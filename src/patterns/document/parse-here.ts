import { parseText } from './parse-text.ts';
import type { Parsed, ParseTask } from './parsed.ts';

/** Each parser and its library is loaded only for its own format. */
export async function parseHere(task: ParseTask): Promise<Parsed> {
  switch (task.type) {
    case 'text':
      return parseText(task.text, task.maxCharacters);
    case 'markdown':
      return (await import('./parse-markdown.ts')).parseMarkdown(task.text, task.maxCharacters);
    case 'html':
      return (await import('./html/parse-html.ts')).parseHtml(task.text, task.maxCharacters);
    case 'pdf':
      return (await import('./pdf/parse-pdf.ts')).parsePdf(task.bytes, task);
  }
}
