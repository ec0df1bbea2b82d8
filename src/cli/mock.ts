import { mockUsage, readMockArguments } from '../mock/arguments.ts';
import { startMock } from '../mock/index.ts';

/** Runs the mock provider until it is told to end. */
export async function mock(args: readonly string[]): Promise<number> {
  const command = await readMockArguments(args);
  if (command.kind === 'help') {
    process.stdout.write(`telltale mock [options]\n\n${mockUsage}\n`);
    return 0;
  }
  const running = await startMock(command.options);
  // Before anybody is told that it is there: they may end it at once.
  const isToEnd = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    if (!command.exitWithParent) return;
    if (process.connected) process.once('disconnect', () => resolve());
    else process.stdin.once('close', () => resolve()).resume();
  });
  process.stdout.write(
    [
      `The mock provider listens at ${running.url}`,
      `  OPENAI_BASE_URL=${running.url} OPENAI_API_KEY=mock   for your application`,
      `  ${new URL('/__control/state', running.url).href}   where it is; /__ledger   what arrived`,
      '',
    ].join('\n'),
  );
  await isToEnd;
  await running.close();
  return 0;
}
