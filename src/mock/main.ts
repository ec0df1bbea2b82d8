/**
 * The mock provider as a process of its own: `node src/mock/main.ts --port 0 --seed 1`. Says where it listens in one
 * line of JSON on stdout, then runs until SIGTERM or SIGINT.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TelltaleError } from '../errors.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { type Mock, startMock } from './server.ts';

const usage = `usage: main.ts [OPTION ...]
  --port N               port to listen on; 0 (the default) takes a free one
  --host ADDRESS         address to listen on (default 127.0.0.1)
  --seed N               decides every draw (default 1)
  --schedule FILE        JSON: an array of phases, or an object with one as \`schedule\`
  --loop                 begin the schedule again after its last phase
  --first-token-ms N     median time to the first token (default 40)
  --between-tokens-ms N  median time between two tokens (default 4)
  --exit-with-parent     end when the parent process does: when its IPC channel, or stdin, closes
  --help                 show this`;

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      seed: { type: 'string' },
      schedule: { type: 'string' },
      loop: { type: 'boolean' },
      'first-token-ms': { type: 'string' },
      'between-tokens-ms': { type: 'string' },
      'exit-with-parent': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
  } else {
    const { host, loop, port, seed, schedule } = values;
    const firstTokenMs = values['first-token-ms'];
    const betweenTokensMs = values['between-tokens-ms'];
    const mock = await startMock({
      ...(host === undefined ? {} : { host }),
      ...(loop === undefined ? {} : { loop }),
      ...(port === undefined ? {} : { port: numberOf(port) }),
      ...(seed === undefined ? {} : { seed: numberOf(seed) }),
      ...(schedule === undefined ? {} : { schedule: readSchedule(schedule) }),
      latency: {
        ...(firstTokenMs === undefined ? {} : { firstTokenMs: numberOf(firstTokenMs) }),
        ...(betweenTokensMs === undefined ? {} : { betweenTokensMs: numberOf(betweenTokensMs) }),
      },
    });
    endWith(mock, values['exit-with-parent'] === true);
    console.log(JSON.stringify({ ready: true, url: mock.url }));
  }
} catch (error) {
  if (!isUsersMistake(error)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof TelltaleError && error.code !== 'invalid_option' ? 1 : 2;
}

/** Text that is no number becomes NaN, which the options' own check names. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function readSchedule(file: string): Schedule {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TelltaleError('invalid_option', `Cannot read the schedule in ${file}: ${reason}`);
  }
  const wrapped = typeof value === 'object' && value !== null && 'schedule' in value;
  return parseSchedule('schedule', wrapped ? value.schedule : value);
}

function endWith(mock: Mock, exitWithParent: boolean): void {
  let ending = false;
  function end() {
    if (ending) return;
    ending = true;
    void mock.close().then(() => process.exit(0));
  }
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (!exitWithParent) return;
  if (process.connected) process.on('disconnect', end);
  else process.stdin.on('close', end).on('end', end).on('error', end).resume();
}

/** What is said in one sentence, without a stack. */
function isUsersMistake(error: unknown): error is Error {
  if (error instanceof TelltaleError) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
