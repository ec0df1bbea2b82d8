// Writes the report of an invented run, to look at while working on it:
//   node test/loadtest/report-html/write-example.ts <green|red|crowded|long|empty|compared|partial> report.html
import { writeFileSync } from 'node:fs';
import { renderReport } from '../../../loadtest/report/html/index.ts';
import { VARIANTS } from './variants.ts';

const [name = 'green', file = 'report.html'] = process.argv.slice(2);
const variant = Object.entries(VARIANTS).find(([key]) => key === name)?.[1];
if (!variant) {
  console.error(`Expected one of ${Object.keys(VARIANTS).join(', ')}, got \`${name}\`.`);
  process.exitCode = 1;
} else {
  writeFileSync(file, renderReport(variant()));
  console.log(`Wrote ${file}.`);
}
