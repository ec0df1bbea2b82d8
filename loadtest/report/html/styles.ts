import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// In the order of the cascade: colours, the bare page, its sections, drawings, paper.
const SHEETS = ['theme', 'base', 'sections', 'tables', 'charts', 'ranges', 'traces', 'print'] as const;

/** The page's one style sheet, read once. */
export const styles = SHEETS.map((name) =>
  readFileSync(new URL(`./styles/${name}.css`, import.meta.url), 'utf8'),
)
  .join('\n')
  // A browser hashes what it parsed, where a line ends in a line feed even if git checked out another ending.
  .replaceAll('\r\n', '\n');

/** As a content security policy names it: the browser hashes exactly what stands between the style tags. */
export const stylesHash = `sha256-${createHash('sha256').update(styles).digest('base64')}`;
