/** `npm run bench:load`: what importing Telltale adds to importing openai, in fresh processes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { readOptions, runAsCommand } from './options.ts';

const root = path.dirname(import.meta.dirname);
const usual = { rounds: 21 };
const aimMs = 15;
const run = promisify(execFile);

/** Each is imported in the order that an application would. */
const subjects = {
  openai: ['openai'],
  'its peer': ['openai', '@opentelemetry/api'],
  telltale: ['openai', 'telltale'],
  'telltale/openai': ['openai', 'telltale/openai'],
  'telltale/limiter': ['openai', 'telltale/limiter'],
  'telltale/patterns': ['openai', 'telltale/patterns'],
  'telltale/mock': ['openai', 'telltale/mock'],
  'telltale/node': ['openai', 'telltale/node'],
} as const;

type Name = keyof typeof subjects;

interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const help = `npm run bench:load -- [options]

Imports openai in a fresh process, and openai with an entry of Telltale in another, in turn, and prints the medians and what
comes on top of openai: time on the clock, and CPU time, which says more on a busy machine. Needs \`npm run build\` first.

  --rounds N    processes for each (default: ${usual.rounds})
  --help        this
`;

await runAsCommand(async () => {
  const options = readOptions(process.argv.slice(2), usual, []);
  if (!options) {
    console.log(help);
    return;
  }
  if (!existsSync(path.join(root, 'dist', 'src', 'core.js')))
    throw new Error('There is no dist/: run `npm run build` first.');
  const names = Object.keys(subjects) as Name[];
  const took = new Map<Name, Took[]>(names.map((name) => [name, []]));
  // The first of all reads the files from the disk, and counts for nobody.
  for (const name of names) await load(subjects[name]);
  for (let round = 0; round < options.rounds; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(round + place) % names.length] as Name;
      took.get(name)?.push(await load(subjects[name]));
    }
  }
  print(took);
});

async function load(specifiers: readonly string[]): Promise<Took> {
  const code = `
    const cpu = process.cpuUsage();
    const started = performance.now();
    for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
    const wallMs = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000 }));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: root });
  return JSON.parse(stdout) as Took;
}

function print(took: ReadonlyMap<Name, readonly Took[]>): void {
  const bare = middle(took.get('openai') ?? []);
  console.log(`Node ${process.version}, ${cpus().length} cores; medians, in milliseconds\n`);
  console.log(
    `${'with openai, imported'.padEnd(24)}${['wall', 'on top', 'ratio', 'CPU', 'on top'].map((each) => each.padStart(9)).join('')}`,
  );
  for (const [name, times] of took) {
    const { wallMs, cpuMs } = middle(times);
    const figures = [
      wallMs.toFixed(1),
      (wallMs - bare.wallMs).toFixed(1),
      (wallMs / bare.wallMs).toFixed(2),
      cpuMs.toFixed(1),
      (cpuMs - bare.cpuMs).toFixed(1),
    ];
    console.log(`${name.padEnd(24)}${figures.map((figure) => figure.padStart(9)).join('')}`);
  }
  const addedMs = middle(took.get('telltale') ?? []).wallMs - bare.wallMs;
  console.log(
    `\ntelltale adds ${addedMs.toFixed(1)} ms (aim: ${aimMs} ms): ${addedMs <= aimMs ? 'held' : 'NOT held'}`,
  );
}

function middle(times: readonly Took[]): Took {
  return {
    wallMs: median(times.map(({ wallMs }) => wallMs)),
    cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
