/** Writes lines and ends, as its second argument says. */
import { systemClock } from '../../../src/clock.ts';
import { TraceFiles } from '../../../src/node/trace-file/trace-files.ts';

const [directory = '', how] = process.argv.slice(2);
const files = new TraceFiles({
  directory,
  maxFileBytes: 1e6,
  maxFiles: 10,
  clock: systemClock,
  warn: (message) => process.stderr.write(message),
});
if (how === 'killed') writeOn(0);
else {
  files.append('{"line":1}', 1);
  files.append('{"line":2}', 1);
  if (how === 'exit') process.exit(3);
  if (how === 'crash') throw new Error('a bug of the application');
}

/** Until somebody ends it. */
function writeOn(at: number): void {
  for (let line = 0; line < 50; line++) files.append(JSON.stringify({ at, line, text: 'x'.repeat(500) }), 1);
  if (at === 20) process.stdout.write('writing');
  setImmediate(() => writeOn(at + 1));
}
