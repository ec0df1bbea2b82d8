// `node scripts/check-release.mjs v1.2.3`: whether a tag may be published: package.json and CHANGELOG.md have its version.
import { readFileSync } from 'node:fs';

const [tag = ''] = process.argv.slice(2);
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const { version, repository } = JSON.parse(read('package.json'));
const problems = [];
if (tag !== `v${version}`) problems.push(`The tag is ${tag || 'missing'}, and package.json says ${version}.`);
if (!read('CHANGELOG.md').includes(`\n## [${version}] - `))
  problems.push(`CHANGELOG.md has no section \`## [${version}] - DATE\`.`);
// npm refuses provenance for a package that does not say where it comes from.
if (!repository?.url) problems.push('package.json names no `repository`, which provenance needs.');
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
