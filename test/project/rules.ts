import { allImports, folderOf, runtimeCode, runtimeImports, type SourceFile } from './source.ts';

/** Each rule gives what breaks it, as a line a reader can act on. */
export type Rule = (file: SourceFile) => readonly string[];

const stages = [
  'wrap',
  'attempt',
  'admit',
  'send',
  'content',
  'redact',
  'observe',
  'account',
  'mock',
  'patterns',
];

/** Only `wrap` puts stages together; a stage that knew another could not be read or tested alone. */
export const stagesStandAlone: Rule = (file) => {
  const own = folderOf(file.name);
  if (own === 'wrap' || !stages.includes(own)) return [];
  return breaches(
    file,
    runtimeImports(file),
    (imported) => stages.includes(folderOf(imported)) && folderOf(imported) !== own,
  );
};

/** OpenTelemetry is a listener: what only wraps must run without it. */
export const openTelemetryHasItsPlace: Rule = (file) => {
  if (['observe', 'node'].includes(folderOf(file.name))) return [];
  return breaches(file, runtimeImports(file), (imported) => imported.startsWith('@opentelemetry/'));
};

/**
 * Importing openai at run time makes two worlds of its classes: only the entry that replaces it, and the loader that
 * leads to that entry, may. `openai-types.ts` is the entry's declarations, so nothing may import it to run it.
 */
export const openaiIsImportedByItsEntriesAlone: Rule = (file) => {
  const entries = ['openai.ts', 'openai-types.ts', 'register.ts'];
  // The command is an application: it makes the client that it uses.
  const isEntry =
    [...entries, 'cli/shared/client.ts'].includes(file.name) || folderOf(file.name) === 'register';
  return breaches(file, runtimeImports(file), (imported) => {
    if (imported === 'openai-types.ts') return true;
    return !isEntry && (imported === 'openai' || imported.startsWith('openai/'));
  });
};

/** What people build on top is built as they would: what it needs and they could not have is missing from the public API. */
export const patternsStandOnThePublicApi: Rule = (file) => {
  if (folderOf(file.name) !== 'patterns') return [];
  const shared = [
    'index.ts',
    'pattern-metrics.ts',
    'check.ts',
    'clock.ts',
    'describe-fault.ts',
    'errors.ts',
    'json.ts',
    'outside-word.ts',
    // What the stores of records have in common with those of budgets and limits.
    'file-holder.ts',
    'redis-script.ts',
  ];
  const isOurs = (imported: string): boolean => imported.endsWith('.ts');
  return breaches(
    file,
    allImports(file),
    (imported) => isOurs(imported) && folderOf(imported) !== 'patterns' && !shared.includes(imported),
  );
};

/** The mock judges the wrapper, so it may share nothing with it, types included, that could be wrong in both. */
export const theMockStandsAlone: Rule = (file) => {
  if (folderOf(file.name) !== 'mock') return [];
  // Of packages it takes the one that reads its files.
  const shared = ['check.ts', 'clock.ts', 'errors.ts', 'yaml'];
  return breaches(file, allImports(file), (imported) => {
    const allowed =
      folderOf(imported) === 'mock' || shared.includes(imported) || imported.startsWith('node:');
    return !allowed;
  });
};

const mostLines = 250;

export const filesStaySmall: Rule = ({ name, text }) => {
  const lines = text.trimEnd().split('\n').length;
  return lines > mostLines ? [`src/${name} has ${lines} lines, and ${mostLines} is the most`] : [];
};

const sources =
  /\b(?:Date\.now|Math\.random|performance\.now|process\.hrtime|setTimeout|setInterval|setImmediate|AbortSignal\.timeout|randomUUID|randomBytes|getRandomValues)\b|\bnew Date\(\)|\bnode:timers\b/g;

/** A test can be exact only where time and randomness come from the clock that it gives. */
export const timeComesFromTheClock: Rule = ({ name, text }) => {
  if (name === 'clock.ts') return [];
  return [...runtimeCode(text).matchAll(sources)].map(([found]) => `src/${name} uses ${found}`);
};

function breaches(
  file: SourceFile,
  imports: readonly string[],
  forbidden: (imported: string) => boolean,
): readonly string[] {
  return imports.filter(forbidden).map((imported) => `src/${file.name} imports ${imported}`);
}
