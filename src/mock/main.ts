/**
 * The mock provider as a process of its own: `node src/mock/main.ts --port 0 --seed 1`. Says where it listens in one
 * line of JSON on stdout, then runs until SIGTERM or SIGINT.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { readAnswers } from './answers/read-answers.ts';
import { type LimitLaw, type LimitOptions, parseLimits } from './limits/limit.ts';
import { parseSchedule } from './schedule.ts';
import { type Mock, startMock } from './server.ts';

const usage = `usage: main.ts [OPTION ...]
  --port N               port to listen on; 0 (the default) takes a free one
  --host ADDRESS         address to listen on (default 127.0.0.1)
  --seed N               decides every draw (default 1)
  --schedule FILE        the phases, as a JSON array (default: nothing goes wrong)
  --answers FILE         what is answered, as a list of fixtures in YAML or JSON (default: all is generated)
  --limits FILE          rate limits, as a JSON array (default: none)
  --law NAME             how the limits are held: bucket (the default) or window
  --enforce-per-second   hold the limits per minute per second too
  --per-key              give each API key limits of its own
  --ignore-refused       do not count refused requests
  --ignore-actual        charge the estimated tokens only
  --loop                 begin the schedule again after its last phase
  --first-token-ms N     median time to the first token (default 40)
  --between-tokens-ms N  median time between two tokens (default 4)
  --exit-with-parent     end when the parent process does: when its IPC channel, or else stdin, closes
  --help                 show this`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      seed: { type: 'string', default: '1' },
      schedule: { type: 'string' },
      answers: { type: 'string' },
      limits: { type: 'string' },
      law: { type: 'string' },
      'enforce-per-second': { type: 'boolean' },
      'per-key': { type: 'boolean' },
      'ignore-refused': { type: 'boolean' },
      'ignore-actual': { type: 'boolean' },
      loop: { type: 'boolean', default: false },
      'first-token-ms': { type: 'string', default: '40' },
      'between-tokens-ms': { type: 'string', default: '4' },
      'exit-with-parent': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const mock = await startMock({
    port: readNumber('--port', values.port),
    host: values.host,
    seed: readNumber('--seed', values.seed),
    schedule:
      values.schedule === undefined ? [] : parseSchedule('schedule', readJson('schedule', values.schedule)),
    loop: values.loop,
    ...(values.answers === undefined ? {} : { answers: readAnswers(values.answers) }),
    ...limitsOf(values),
    latency: {
      firstTokenMs: readNumber('--first-token-ms', values['first-token-ms']),
      betweenTokensMs: readNumber('--between-tokens-ms', values['between-tokens-ms']),
    },
  });
  endWith(mock, values['exit-with-parent']);
  console.log(JSON.stringify({ ready: true, url: mock.url }));
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

function endWith(mock: Mock, exitWithParent: boolean): void {
  function end() {
    void mock.close().then(() => process.exit(0));
  }
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (!exitWithParent) return;
  if (process.connected) process.once('disconnect', end);
  else process.stdin.once('close', end).resume();
}

/** What is said in one sentence, without a stack. */
function isUsersMistake(error: unknown): error is Error {
  if (error instanceof TelltaleError) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

try {
  await main();
} catch (error) {
  if (!isUsersMistake(error)) throw error;
  console.error(error.message);
  const wrongCommand = !(error instanceof TelltaleError) || error.code === 'invalid_option';
  process.exitCode = wrongCommand ? 2 : 1;
}
