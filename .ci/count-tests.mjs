// Reads vitest's JSON report: `node count-tests.mjs REPORT EXIT-CODE` prints `PASSED FAILED`, then the name of each
// skipped test on a line of its own. A file that could not be loaded counts as one failure, and so does a run that
// failed without any test to blame (an unhandled error).
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [report, exitCode] = process.argv.slice(2);
const files = JSON.parse(readFileSync(report, 'utf8')).testResults;

let passed = 0;
let failed = 0;
const skipped = [];
for (const file of files) {
  const name = path.relative(process.cwd(), file.name);
  const failedBefore = failed;
  for (const test of file.assertionResults) {
    if (test.status === 'passed') passed += 1;
    else if (test.status === 'failed') failed += 1;
    else skipped.push(`${name}: ${test.fullName.trim()}`);
  }
  if (file.status === 'failed' && failed === failedBefore) failed += 1;
}
if (Number(exitCode) !== 0 && failed === 0) failed = 1;

console.log([`${passed} ${failed}`, ...skipped].join('\n'));
