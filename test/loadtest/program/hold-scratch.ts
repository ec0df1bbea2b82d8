// A process of its own for scratch.test.ts: holds a scratch directory in its first argument until it is ended from
// outside, and meanwhile runs a program that connects to the port in the second.
import { runProgram } from '../../../loadtest/program/run.ts';
import { withScratch } from '../../../loadtest/program/scratch.ts';

const [parent = '', port = ''] = process.argv.slice(2);
// The first ends by itself, with its standard input, when this process is gone; the second must be ended.
const program =
  port === ''
    ? 'process.stdin.resume();'
    : `require('node:net').connect(${port}, '127.0.0.1'); setTimeout(() => {}, 60_000);`;
await withScratch(parent, async (directory) => {
  console.log(directory);
  await runProgram(process.execPath, ['-e', program], { env: process.env, timeoutMs: 60_000 });
});
