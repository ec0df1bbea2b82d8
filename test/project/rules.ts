import { folderOf, runtimeCode, runtimeImports, type SourceFile } from './source.ts';

/** Each rule gives what breaks it, as a line a reader can act on. */
export type Rule = (file: SourceFile) => readonly string[];

const stages = ['wrap', 'attempt', 'admit', 'send', 'observe', 'account', 'mock', 'patterns'];

/** Only `wrap` puts stages together; a stage that knew another could not be read or tested alone. */
export const stagesStandAlone: Rule = (file) => {
  const own = folderOf(file.name);
  if (own === 'wrap' || !stages.includes(own)) return [];
  return breaches(file, (imported) => stages.includes(folderOf(imported)) && folderOf(imported) !== own);
};

/** OpenTelemetry is a listener: what only wraps must run without it. */
export const openTelemetryHasItsPlace: Rule = (file) => {
  if (['observe', 'node'].includes(folderOf(file.name))) return [];
  return breaches(file, (imported) => imported.startsWith('@opentelemetry/'));
};

/** Importing openai at run time makes two worlds of its classes; these two entries are about that very package. */
export const openaiIsImportedByItsEntriesAlone: Rule = (file) => {
  const entries = ['openai.ts', 'openai-types.ts', 'register.ts'];
  if (entries.includes(file.name) || folderOf(file.name) === 'register') return [];
  return breaches(file, (imported) => imported === 'openai' || imported.startsWith('openai/'));
};

/** The mock judges the wrapper, so it may share nothing with it that could be wrong in both. */
export const theMockStandsAlone: Rule = (file) => {
  if (folderOf(file.name) !== 'mock') return [];
  const shared = ['check.ts', 'clock.ts', 'errors.ts'];
  return breaches(file, (imported) => {
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
  /\b(?:Date\.now|Math\.random|performance\.now|process\.hrtime|setTimeout|setInterval|AbortSignal\.timeout)\b|\bnew Date\(\)|\bnode:timers\b/g;

/** A test can be exact only where time and randomness come from the clock that it gives. */
export const timeComesFromTheClock: Rule = ({ name, text }) => {
  if (name === 'clock.ts') return [];
  return [...runtimeCode(text).matchAll(sources)].map(([found]) => `src/${name} uses ${found}`);
};

function breaches(file: SourceFile, forbidden: (imported: string) => boolean): readonly string[] {
  return runtimeImports(file)
    .filter(forbidden)
    .map((imported) => `src/${file.name} imports ${imported}`);
}
