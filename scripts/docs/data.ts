import { parseAllDocuments } from 'yaml';
import type { Block } from './blocks.ts';
import type { Problem } from './problem.ts';

/** What keeps a block of data from being read; nothing where all is well. */
export function dataProblems(block: Block): readonly Problem[] {
  return block.language === 'yaml' || block.language === 'yml' ? yamlProblems(block) : jsonProblems(block);
}

function jsonProblems({ file, line, language, code }: Block): readonly Problem[] {
  // One value, or one a line.
  if (language !== 'jsonl' && parsed(code) === undefined) return [];
  return code.split('\n').flatMap((text, at) => {
    const fault = text.trim() === '' ? undefined : parsed(text);
    return fault === undefined ? [] : [{ file, line: line + at, says: `No JSON: ${fault}` }];
  });
}

function parsed(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function yamlProblems({ file, line, code }: Block): readonly Problem[] {
  return parseAllDocuments(code).flatMap((document) =>
    'errors' in document
      ? document.errors.map(({ message, linePos }) => ({
          file,
          line: line + (linePos?.[0].line ?? 1) - 1,
          says: `No YAML: ${message.split('\n')[0]}`,
        }))
      : [],
  );
}
