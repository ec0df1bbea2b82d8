import { toCsv } from '../../index.ts';
import { jsonText } from '../shared/figures-text.ts';
import { pricesAsOf } from '../shared/known-models.ts';
import { processTerminal } from '../shared/terminal.ts';
import { type CostsArguments, costsHelp, readCostsArguments } from './arguments.ts';
import { type CostReport, csvBy, reportCosts } from './report.ts';
import { showCosts } from './show.ts';

/** `telltale costs`: what calls have cost, from an audit folder. */
export async function costs(args: readonly string[]): Promise<number> {
  const settings = readCostsArguments(args);
  if (!settings) {
    process.stdout.write(costsHelp);
    return 0;
  }
  const asCsv = settings.output === 'csv';
  const report = await reportCosts(asCsv ? { ...settings, by: settings.by ?? csvBy } : settings);
  const terminal = processTerminal(settings.env);
  terminal.out.write(textOf(report, settings, terminal.columns));
  // What is said in the text, or in the JSON, has no place in a table.
  if (asCsv && report.corrupt.length > 0)
    terminal.err.write(`Not read: lines of ${report.corrupt.map(({ file }) => file).join(', ')}.\n`);
  return 0;
}

function textOf(report: CostReport, { output }: CostsArguments, columns: number): string {
  if (output === 'csv') return toCsv(report.tables[0]?.rows ?? []);
  return output === 'json' ? `${jsonText({ pricesAsOf, ...report })}\n` : showCosts(report, columns);
}
