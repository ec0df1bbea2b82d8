import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commands as telltaleCommands } from '../../src/cli/commands.ts';
import type { Block } from './blocks.ts';
import { entriesOf } from './entries.ts';
import type { Problem } from './problem.ts';
import { type Command, commandsOf } from './shell.ts';

/** A program of ours that takes options, as its own `--help` says. */
export interface Program {
  /** How people call it, as `npx telltale chat`. */
  readonly called: string;
  /** The file that Node runs, and what stands before the options; from the root. */
  readonly script: readonly string[];
}

/** A command of a page that is one of ours. */
export interface OurCommand {
  readonly file: string;
  readonly line: number;
  readonly called: string;
  /** Undefined where it takes no options of ours. */
  readonly program: Program | undefined;
  readonly args: readonly string[];
  /** Runs without a key, without network, and ends by itself. */
  readonly isCheap: boolean;
}

export interface ShellFindings {
  readonly ours: readonly OurCommand[];
  /** Commands of others, of which nothing is known. */
  readonly others: readonly string[];
  readonly problems: readonly Problem[];
}

type Finding = OurCommand | Problem | undefined;

/** What the blocks of shell ask for, and which of it does not exist. */
export function shellFindings(root: string, blocks: readonly Block[]): ShellFindings {
  const ours: OurCommand[] = [];
  const others: string[] = [];
  const problems: Problem[] = [];
  const project = readProject(root);
  for (const { file, line, code } of blocks) {
    for (const command of commandsOf(code)) {
      const finding = find(project, command, { file, line: line + command.at });
      if (finding === undefined) others.push(command.words[0] ?? '');
      else if ('says' in finding) problems.push(finding);
      else ours.push(finding);
    }
  }
  return { ours, others, problems };
}

/** The commands that a page names in the middle of a text: `npm run X`, `npx telltale X`. */
export function inlineProblems(root: string, file: string, prose: readonly string[]): readonly Problem[] {
  const project = readProject(root);
  return prose.flatMap((text, at) =>
    [...text.matchAll(/`((?:npm run|npx telltale)\s[^`]+)`/g)].flatMap(([, code = '']) =>
      commandsOf(code).flatMap((command) => {
        const finding = find(project, command, { file, line: at + 1 });
        return finding && 'says' in finding ? [finding] : [];
      }),
    ),
  );
}

interface Project {
  readonly root: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly entries: readonly string[];
}

type Place = Pick<Problem, 'file' | 'line'>;

function readProject(root: string): Project {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Pick<
    Project,
    'scripts'
  >;
  return { root, scripts, entries: entriesOf(root).map(({ specifier }) => specifier) };
}

function find(project: Project, { words, isAlone }: Command, place: Place): Finding {
  const [program, ...args] = words;
  if (program === 'npm') return npmCommand(project, args, place);
  if (program === 'npx')
    return args[0] === 'telltale' ? telltaleCommand(args.slice(1), isAlone, place) : undefined;
  if (program === 'telltale') return telltaleCommand(args, isAlone, place);
  if (program === 'node') return nodeCommand(project, args, place);
  if (program === 'bash' && args[0] !== undefined && !existsSync(path.join(project.root, args[0])))
    return { ...place, says: `There is no ${args[0]}.` };
  return undefined;
}

function npmCommand({ root, scripts }: Project, words: readonly string[], place: Place): Finding {
  const [verb = '', ...rest] = words;
  const [name = '', ...args] = verb === 'run' ? rest : verb === 'test' ? words : [];
  if (name === '') return undefined;
  if (!Object.hasOwn(scripts, name)) return { ...place, says: `package.json has no script \`${name}\`.` };
  const given = args[0] === '--' ? args.slice(1) : args;
  if (name === 'test') {
    const missing = given.find((arg) => arg.startsWith('test/') && !existsSync(path.join(root, arg)));
    if (missing !== undefined) return { ...place, says: `There is no ${missing}.` };
  }
  const called = `npm run ${name}`;
  const script = /launch\.mjs (\S+\.ts)$/.exec(scripts[name] ?? '')?.[1];
  const hasOptions = script !== undefined && given.some((arg) => arg.startsWith('-'));
  const program = hasOptions ? { called, script: [script] } : undefined;
  return { ...place, called, program, args: given, isCheap: false };
}

function telltaleCommand(words: readonly string[], isAlone: boolean, place: Place): Finding {
  const [name = '--help', ...args] = words;
  if (name.startsWith('-'))
    return { ...place, called: 'npx telltale', program: undefined, args: words, isCheap: isAlone };
  if (!Object.hasOwn(telltaleCommands, name))
    return { ...place, says: `There is no command \`telltale ${name}\`.` };
  const target = name === 'loadtest' && args.includes('--target') ? ['--target', 'x'] : [];
  const program = { called: `npx telltale ${name}`, script: ['src/cli/main.ts', name, ...target] };
  const needsNoKey =
    name === 'estimate' || name === 'costs' || args.includes('--mock') || args.includes('--help');
  return { ...place, called: program.called, program, args, isCheap: isAlone && needsNoKey };
}

function nodeCommand({ root, entries }: Project, args: readonly string[], place: Place): Finding {
  const imported = args[args.indexOf('--import') + 1] ?? '';
  if (args.includes('--import') && imported.startsWith('telltale') && !entries.includes(imported))
    return { ...place, says: `There is no ${imported}.` };
  const ours = args.find((arg) => /^(?:scripts|bench|loadtest|examples|src)\//.test(arg));
  if (ours !== undefined && !existsSync(path.join(root, ours)))
    return { ...place, says: `There is no ${ours}.` };
  return undefined;
}

/** Options of a command that its program's help does not know. */
export function optionProblems(command: OurCommand, help: string): readonly Problem[] {
  const known = new Set(help.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g));
  const asked = command.args.flatMap((arg) => /^--?[a-zA-Z][\w-]*/.exec(arg)?.[0] ?? []);
  return asked
    .filter((option) => !known.has(option))
    .map((option) => ({
      file: command.file,
      line: command.line,
      says: `\`${command.called}\` knows no \`${option}\`.`,
    }));
}
