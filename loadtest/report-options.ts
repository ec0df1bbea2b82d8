import type { GivenOptions } from './given-options.ts';
import { readFile, readPercent, readTime } from './option-values.ts';
import type { ServiceLevel } from './report/model.ts';
import { readVerdictFile } from './report/read-verdict-file.ts';
import type { VerdictFile } from './report/verdict-file.ts';
import { UsageError } from './usage-error.ts';

/** What the command line says of the report, whatever was run. */
export interface ReportOptions {
  /** Where the report is written as JSON too. */
  readonly jsonFile?: string;
  /** Where the summary is written too. */
  readonly markdownFile?: string;
  /** Where `--slo` and `--slo-first-token` differ from the default. */
  readonly serviceLevel?: Partial<ServiceLevel>;
  /** The run that this one is compared with. */
  readonly compare?: Compare;
}

/** What `--compare` asks for. */
export interface Compare {
  /** As it was given. */
  readonly file: string;
  readonly verdict: VerdictFile;
  /** A part of the earlier figure; where `--tolerance` says. */
  readonly tolerance?: number;
  /** Whether the run is red when a figure got worse. */
  readonly failOnRegression: boolean;
}

/** `what` is what is good: a call, or a request. */
export const reportHelp = (what: string, indent: string): string =>
  [
    ['--slo TIME', `a ${what} is good when it is answered within this time (default: 2s)`],
    ['--slo-first-token TIME', 'and, when it streams, its first token within this one (default: 500ms)'],
    ['--compare FILE', 'show what got worse since an earlier run, whose verdict.json this is'],
    ['--tolerance N%', 'how much worse than then a figure may be (default: 20%)'],
    ['--fail-on-regression', 'the run is red when a figure got worse by more'],
    ['--json FILE', 'write the whole report there as JSON'],
    ['--markdown FILE', 'write the summary for a pull request there'],
  ]
    .map(([option = '', says = '']) => {
      const first = `  ${option}`;
      return first.length < indent.length ? first.padEnd(indent.length) + says : `${first}\n${indent}${says}`;
    })
    .join('\n');

export function readReportOptions(given: GivenOptions, scenario: string): ReportOptions {
  const jsonFile = given.get('json');
  const markdownFile = given.get('markdown');
  const serviceLevel = readServiceLevel(given);
  const compare = readCompare(given, scenario);
  return {
    ...(jsonFile === undefined ? {} : { jsonFile: readFile('json', jsonFile) }),
    ...(markdownFile === undefined ? {} : { markdownFile: readFile('markdown', markdownFile) }),
    ...(serviceLevel && { serviceLevel }),
    ...(compare && { compare }),
  };
}

function readServiceLevel(given: GivenOptions): Partial<ServiceLevel> | undefined {
  const [whole, firstToken] = [given.get('slo'), given.get('slo-first-token')];
  if (whole === undefined && firstToken === undefined) return undefined;
  return {
    ...(whole === undefined ? {} : { wholeMs: readTime('slo', whole) }),
    ...(firstToken === undefined ? {} : { firstTokenMs: readTime('slo-first-token', firstToken) }),
  };
}

function readCompare(given: GivenOptions, scenario: string): Compare | undefined {
  const file = given.get('compare');
  const failOnRegression = given.has('fail-on-regression');
  const tolerance = given.get('tolerance');
  if (file === undefined) {
    for (const name of ['fail-on-regression', 'tolerance'])
      if (given.has(name)) throw new UsageError(`\`--${name}\` needs \`--compare\`.`);
    return undefined;
  }
  const verdict = readVerdictFile(file);
  if (failOnRegression && verdict.scenario !== scenario) {
    throw new UsageError(
      `\`--fail-on-regression\` needs runs of the same scenario: \`${file}\` is one of \`${verdict.scenario}\`, this one would be of \`${scenario}\`.`,
    );
  }
  return {
    file,
    verdict,
    ...(tolerance === undefined ? {} : { tolerance: readPercent('tolerance', tolerance) }),
    failOnRegression,
  };
}
