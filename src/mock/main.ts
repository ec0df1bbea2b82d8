/**
 * The mock provider as a process of its own: `node src/mock/main.ts --port 0 --seed 1`. Says where it listens in one
 * line of JSON on stdout, then runs until SIGTERM or SIGINT.
 */
import { TelltaleError } from '../errors.ts';
import { mockUsage, readMockArguments } from './arguments.ts';
import { type Mock, startMock } from './server.ts';

async function main(): Promise<void> {
  const command = await readMockArguments(process.argv.slice(2));
  if (command.kind === 'help') {
    console.log(`usage: main.ts [OPTION ...]\n${mockUsage}`);
    return;
  }
  const mock = await startMock(command.options);
  endWith(mock, command.exitWithParent);
  console.log(JSON.stringify({ ready: true, url: mock.url }));
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

try {
  await main();
} catch (error) {
  // What the user got wrong is told in one sentence, without a stack.
  if (!(error instanceof TelltaleError)) throw error;
  console.error(error.message);
  process.exitCode = error.code === 'invalid_option' ? 2 : 1;
}
