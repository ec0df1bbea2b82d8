import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Block } from './blocks.ts';
import { type OurCommand, optionProblems, shellFindings } from './commands.ts';
import { writeFixtures } from './fixtures.ts';
import { type Ended, nodeProcess } from './node-process.ts';
import type { Problem } from './problem.ts';

export interface ShellResult {
  /** Of ours. */
  readonly checked: number;
  readonly ran: number;
  /** Commands of others, each once. */
  readonly others: readonly string[];
  readonly problems: readonly Problem[];
}

const commandLimitMs = 60_000;

/** Checks that the commands of ours exist with their options, and runs those that cost nothing. */
export async function checkShell(root: string, blocks: readonly Block[]): Promise<ShellResult> {
  const { ours, others, problems } = shellFindings(root, blocks);
  const scratch = mkdtempSync(path.join(tmpdir(), 'telltale-docs-shell-'));
  const main = path.join(root, 'src/cli/main.ts');
  try {
    writeFixtures(scratch);
    await writeAudits(main, scratch);
    const helps = new Map<string, Promise<Ended>>();
    const env = keyless(process.env);
    const next = queueOf(Math.max(1, Math.min(4, availableParallelism())));
    const found = await Promise.all(
      ours.map(async (command): Promise<readonly Problem[]> => {
        const wrong = await wrongOptions(command);
        if (wrong.length > 0 || !command.isCheap) return wrong;
        const name = command.program?.script.slice(1, 2) ?? [];
        const { code, output } = await next(() =>
          nodeProcess([main, ...name, ...command.args], { cwd: scratch, env, limitMs: commandLimitMs }),
        );
        return code === 0 ? [] : [badEnd(command, 'It', code, output)];
      }),
    );
    async function wrongOptions(command: OurCommand): Promise<readonly Problem[]> {
      const { program } = command;
      if (!program) return [];
      const key = program.script.join(' ');
      const script = program.script.map((word, at) => (at === 0 ? path.join(root, word) : word));
      let help = helps.get(key);
      if (!help) {
        help = next(() => nodeProcess([...script, '--help'], { cwd: scratch, env, limitMs: commandLimitMs }));
        helps.set(key, help);
      }
      const { code, output } = await help;
      if (code !== 0) return [badEnd(command, `\`${program.called} --help\``, code, output)];
      return optionProblems(command, output);
    }
    return {
      checked: ours.length,
      ran: ours.filter(({ isCheap }) => isCheap).length,
      others: [...new Set(others)].sort(),
      problems: [...problems, ...found.flat()],
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function badEnd({ file, line }: OurCommand, what: string, code: number | null, output: string): Problem {
  const printed = output.trimEnd().replaceAll('\n', '\n    ');
  return { file, line, says: `${what} ends with exit code ${code}:\n    ${printed}` };
}

/** An audit of one call, where the commands keep theirs and where an application does. */
async function writeAudits(main: string, scratch: string): Promise<void> {
  const args = [main, 'chat', '--mock', '--data', 'first', '--message', 'Hello'];
  const { code, output } = await nodeProcess(args, {
    cwd: scratch,
    env: keyless(process.env),
    limitMs: commandLimitMs,
  });
  if (code !== 0) throw new Error(`telltale chat --mock ended with ${code}:\n${output}`);
  for (const folder of ['.telltale/audit', '.telltale/mock/audit', 'audit'])
    cpSync(path.join(scratch, 'first/mock/audit'), path.join(scratch, folder), { recursive: true });
}

/** What is said to need no key has none. */
function keyless(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OPENAI_')));
}

/** So many at once, in their order. */
function queueOf(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const first = waiting.shift();
      if (first) first();
      else running -= 1;
    }
  };
}
