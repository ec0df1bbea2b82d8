#!/usr/bin/env node
/** `telltale COMMAND`: everything else is loaded by the command that needs it. */
import { version } from '../version.ts';
import { type Command, commands } from './commands.ts';
import { endWithReader } from './ending.ts';
import { nodeProblem, oldNodeJson } from './node-problem.ts';
import { plain } from './shared/plain.ts';
import { told } from './told.ts';

const help = `telltale ${version}: what becomes of calls to the OpenAI API

usage: telltale COMMAND [OPTION ...]

${Object.entries(commands)
  .map(([name, { says }]) => `  ${name.padEnd(10)}${says}`)
  .join('\n')}

  --help     this; after a command, what that takes
  --version  ${version}

Exit code: 0 where all is well, 1 where something failed, 2 for a wrong command or option, 130 where Ctrl-C ended it.
With --mock, chat, analyze and batch need no key; estimate and costs never do. All read .env and OPENAI_MODEL.
`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) {
    // The doctor says this too, in the form that was asked of it.
    if (name === 'doctor' && args.includes('--json')) return say(`${oldNodeJson(problem)}\n`, 1);
    return complain(`${problem.says} ${problem.todo}`, 1);
  }
  if (name === '--version') return say(`${version}\n`);
  if (name === undefined) return complain(help.trimEnd(), 2);
  if (name === '--help' || name === 'help') return say(help);
  const command: Command | undefined = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const known = Object.keys(commands).join(', ');
    return complain(`Unknown command \`${name}\`. Known: ${known}. See telltale --help.`, 2);
  }
  try {
    return await command.run(args);
  } catch (error) {
    const sentence = told(error);
    if (!sentence) throw error;
    const { message, exitCode, needsHelp } = sentence;
    return complain(
      needsHelp ? `${message.replace(/\.$/, '')}. See: telltale ${name} --help` : message,
      exitCode,
    );
  }
}

function say(text: string, exitCode = 0): number {
  process.stdout.write(text);
  return exitCode;
}

function complain(text: string, exitCode: number): number {
  // Names of files may be in it.
  process.stderr.write(`${plain(text)}\n`);
  return exitCode;
}

endWithReader(process.stdout, process.stderr);
process.exitCode = await main(process.argv.slice(2));
