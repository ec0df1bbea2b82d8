import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { readAnswers } from './answers/read-answers.ts';
import { loadScenario, type ScenarioName, scenarioNames } from './chaos/scenarios.ts';
import { readSchedule } from './chaos/schedule-file.ts';
import { readConfig } from './config-file.ts';
import { type LimitLaw, type LimitOptions, parseLimits } from './limits/limit.ts';
import type { MockOptions } from './options.ts';

/** The options of the mock's command line, for a usage text. */
export const mockUsage = `  --port N               port to listen on; 0 (the default) takes a free one
  --host ADDRESS         address to listen on (default 127.0.0.1)
  --seed N               decides every draw (default 1)
  --config FILE          any option, as an object in YAML or JSON; the flags here go before it
  --scenario NAME        what goes wrong, by a scenario that is shipped:
                         ${wrapped(scenarioNames(), 55)}
  --schedule FILE        what goes wrong, by a file of YAML or JSON (default: nothing)
  --answers FILE         what is answered, as a list of fixtures in YAML or JSON (default: all is generated)
  --scale N              multiply every time in the schedule: 0.5 is twice as fast (default 1)
  --loop                 begin the schedule again after its last phase
  --limits FILE          rate limits, as a JSON array (default: those of the schedule's file)
  --law NAME             how the limits are held: bucket (the default) or window
  --enforce-per-second   hold the limits per minute per second too
  --per-key              give each API key limits of its own
  --ignore-refused       do not count refused requests
  --ignore-actual        charge the estimated tokens only
  --first-token-ms N     median time to the first token (default 40)
  --between-tokens-ms N  median time between two tokens (default 4)
  --exit-with-parent     end when the parent process does: when its IPC channel, or else stdin, closes
  --help                 show this`;

/** What a command line asks for. */
export type MockCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'start'; readonly options: MockOptions; readonly exitWithParent: boolean };

/**
 * Reads the arguments of the mock's command line, and the files that they name.
 *
 * @throws TelltaleError `invalid_option`: an argument or a file is wrong, told in one sentence
 */
export async function readMockArguments(args: readonly string[]): Promise<MockCommand> {
  const values = parse(args);
  if (values.help) return { kind: 'help' };
  const config = values.config === undefined ? {} : await readConfig(values.config);
  const numbers = numbersOf(values);
  return {
    kind: 'start',
    exitWithParent: values['exit-with-parent'],
    options: {
      ...config,
      ...(await readWhatGoesWrong(values)),
      ...(values.answers === undefined ? {} : { answers: await readAnswers(values.answers) }),
      ...limitsOf(values),
      port: numbers.port ?? config.port ?? 0,
      host: values.host ?? config.host ?? '127.0.0.1',
      seed: numbers.seed ?? config.seed ?? 1,
      ...(values.loop ? { loop: true } : {}),
      ...(numbers.scale === undefined ? {} : { scale: numbers.scale }),
      latency: {
        ...config.latency,
        firstTokenMs: numbers['first-token-ms'] ?? config.latency?.firstTokenMs ?? 40,
        betweenTokensMs: numbers['between-tokens-ms'] ?? config.latency?.betweenTokensMs ?? 4,
      },
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        seed: { type: 'string' },
        scenario: { type: 'string' },
        schedule: { type: 'string' },
        answers: { type: 'string' },
        scale: { type: 'string' },
        limits: { type: 'string' },
        law: { type: 'string' },
        'enforce-per-second': { type: 'boolean' },
        'per-key': { type: 'boolean' },
        'ignore-refused': { type: 'boolean' },
        'ignore-actual': { type: 'boolean' },
        loop: { type: 'boolean', default: false },
        'first-token-ms': { type: 'string' },
        'between-tokens-ms': { type: 'string' },
        'exit-with-parent': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TelltaleError('invalid_option', error.message, { cause: error });
  }
}

interface WhatGoesWrong {
  readonly scenario?: string | undefined;
  readonly schedule?: string | undefined;
}

async function readWhatGoesWrong({ scenario, schedule }: WhatGoesWrong): Promise<MockOptions> {
  if (scenario !== undefined && schedule !== undefined) {
    throw new TelltaleError('invalid_option', 'Give one of `--scenario` and `--schedule`, not both');
  }
  if (schedule !== undefined) return (await readSchedule(schedule)).options;
  // What is no name of a scenario is refused there.
  return scenario === undefined ? {} : (await loadScenario(scenario as ScenarioName)).options;
}

const numberFlags = ['port', 'seed', 'scale', 'first-token-ms', 'between-tokens-ms'] as const;

type NumberFlags = { readonly [Name in (typeof numberFlags)[number]]?: string | undefined };

/** Those that are given. */
function numbersOf(flags: NumberFlags): { readonly [Name in keyof NumberFlags]?: number } {
  const given = numberFlags.flatMap((name) => {
    const text = flags[name];
    return text === undefined ? [] : [[name, readNumber(`--${name}`, text)] as const];
  });
  return Object.fromEntries(given);
}

function readNumber(flag: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(number)) throw invalidOption(flag, 'a number', text);
  return number;
}

interface LimitFlags {
  readonly limits?: string | undefined;
  readonly law?: string | undefined;
  readonly 'enforce-per-second'?: boolean | undefined;
  readonly 'per-key'?: boolean | undefined;
  readonly 'ignore-refused'?: boolean | undefined;
  readonly 'ignore-actual'?: boolean | undefined;
}

/** What is not given is left out, so that a flag without limits is refused like the option. */
function limitsOf(flags: LimitFlags): LimitOptions {
  const { limits, law } = flags;
  return {
    ...(limits === undefined ? {} : { limits: parseLimits('limits', readJson('limits', limits)) }),
    // Checked with the other options.
    ...(law === undefined ? {} : { law: law as LimitLaw }),
    ...(flags['enforce-per-second'] ? { enforcePerSecond: true } : {}),
    ...(flags['per-key'] ? { perKey: true } : {}),
    ...(flags['ignore-refused'] ? { countRefused: false } : {}),
    ...(flags['ignore-actual'] ? { chargeActual: false } : {}),
  };
}

function readJson(what: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TelltaleError('invalid_option', `Cannot read the ${what} in ${file}: ${reason}`);
  }
}

/** The names in lines of at most so many characters, each under the one before. */
function wrapped(words: readonly string[], width: number): string {
  const lines = [''];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 2 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line}, ${word}`;
  }
  return lines.join(`,\n${' '.repeat(25)}`);
}
