import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LoadTestOptions } from './options.ts';
import { claimFolder } from './report/claim.ts';
import { isOfTheSystem } from './report/files.ts';
import { verdictLine } from './report/terminal/report.ts';
import { type RunInput, runLoadTest } from './run.ts';
import { RunFailure } from './run-failure.ts';

/** What became of one turn. */
export interface Turn {
  readonly scenario: string;
  readonly state: 'green' | 'red' | 'void' | 'cut short' | 'did not begin' | 'not run';
  readonly calls: number;
  /** Of its report's invariants, how many held, such as `6/6`. */
  readonly invariants: string;
  readonly conditions: string;
  readonly tookMs: number;
  /** Why it is not green; empty where it is. */
  readonly reasons: readonly string[];
  /** Where its report is. */
  readonly folder: string;
}

export interface SuiteResult {
  readonly turns: readonly Turn[];
  /** Whether every turn is green. */
  readonly green: boolean;
  /** What was written beside the turns' own folders. */
  readonly files: readonly string[];
}

/**
 * Makes the runs one after the other, each in a folder of its own, and goes on after one that is red or could not begin:
 * what the others say is worth knowing. A stop ends the turn that runs, with its partial report, and those after it are
 * not begun.
 */
export async function runSuite(
  input: Omit<RunInput, 'options'>,
  options: LoadTestOptions,
): Promise<SuiteResult> {
  const release = claimFolder(input.outDirectory);
  try {
    return await runTurns(input, options);
  } finally {
    release();
  }
}

async function runTurns(input: Omit<RunInput, 'options'>, options: LoadTestOptions): Promise<SuiteResult> {
  const { outDirectory, out, signal } = input;
  const { turns: plan = [], scenario, jsonFile } = options;
  for (const turn of plan) rmSync(path.join(outDirectory, turn.scenario), { recursive: true, force: true });
  const turns: Turn[] = [];
  for (const [index, turnOptions] of plan.entries()) {
    const folder = path.join(outDirectory, turnOptions.scenario);
    if (signal.aborted) {
      turns.push(notRun(turnOptions.scenario, folder));
      continue;
    }
    out.write(`\n${index + 1}/${plan.length} ${turnOptions.scenario}\n`);
    turns.push(await takeTurn({ ...input, options: turnOptions, outDirectory: folder }));
  }
  const files = [path.join(outDirectory, `${scenario}.json`), ...(jsonFile === undefined ? [] : [jsonFile])];
  const green = turns.every(({ state }) => state === 'green');
  const json = `${JSON.stringify({ suite: scenario, seed: options.seed, green, turns }, undefined, 2)}\n`;
  for (const file of files) writeFileSync(file, json);
  return { turns, green, files };
}

async function takeTurn(input: RunInput): Promise<Turn> {
  const { options, outDirectory: folder, out } = input;
  const { scenario } = options;
  const startedMs = performance.now();
  try {
    const { report } = await runLoadTest(input);
    const { header, verdict, invariants, thresholds, rows } = report;
    out.write(`${verdictLine(report)}\n`);
    const held = (list: readonly boolean[]): string => `${list.filter(Boolean).length}/${list.length}`;
    return {
      scenario,
      state: header.partial ? 'cut short' : verdict.green ? 'green' : verdict.void ? 'void' : 'red',
      calls: rows.filter(({ phase }) => phase === 'all').reduce((sum, { offered }) => sum + offered, 0),
      invariants: held(invariants.map(({ difference }) => difference === 0)),
      conditions: held(thresholds.map(({ ok }) => ok)),
      tookMs: performance.now() - startedMs,
      reasons: verdict.reasons,
      folder,
    };
  } catch (error) {
    // A port or a disk that is not to be had may be there for the next turn.
    if (!(error instanceof RunFailure) && !isOfTheSystem(error)) throw error;
    out.write(`${error.message}\n`);
    const tookMs = performance.now() - startedMs;
    return { ...notRun(scenario, folder), state: 'did not begin', tookMs, reasons: [error.message] };
  }
}

function notRun(scenario: string, folder: string): Turn {
  return {
    scenario,
    state: 'not run',
    calls: 0,
    invariants: '',
    conditions: '',
    tookMs: 0,
    reasons: ['stopped before its turn'],
    folder,
  };
}
