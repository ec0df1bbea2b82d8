import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Block } from './blocks.ts';
import { writeFixtures } from './fixtures.ts';
import type { Problem } from './problem.ts';
import { run } from './run.ts';
import { compile, type Snippet } from './snippets.ts';
import { openWorld } from './world.ts';

/** What became of the blocks of code. */
export interface CodeFindings {
  readonly ran: readonly { readonly snippet: Snippet; readonly tookMs: number }[];
  /** Compiled only, each with the reason. */
  readonly compiled: readonly { readonly snippet: Snippet; readonly reason: string }[];
  readonly problems: readonly Problem[];
}

/** The slowest wait for a poll of a batch. */
const snippetLimitMs = 60_000;

/** Compiles all blocks, and runs those that compile and do not ask to be left alone. */
export async function checkCode(root: string, blocks: readonly Block[]): Promise<CodeFindings> {
  const { snippets, problems } = compile(root, path.join(root, 'docs', '.snippets'), blocks);
  const isBroken = new Set(problems.map(({ file, line }) => blockAt(blocks, file, line)));
  const scratch = mkdtempSync(path.join(tmpdir(), 'telltale-docs-'));
  const fixtures = path.join(scratch, 'fixtures');
  writeFixtures(fixtures);
  const world = await openWorld(process.env);
  try {
    const compiled: { snippet: Snippet; reason: string }[] = [];
    const toRun: Snippet[] = [];
    for (const snippet of snippets) {
      const reason = reasonToLeave(snippet, world.hasRedis);
      if (isBroken.has(snippet.block)) continue;
      if (reason === undefined) toRun.push(snippet);
      else compiled.push({ snippet, reason });
    }
    const ended = await run(
      toRun.map(({ file }) => file),
      {
        directory: path.join(scratch, 'runs'),
        fixtures,
        env: world.env,
        limitMs: snippetLimitMs,
        processes: 2,
        isAlone: (file) => toRun.some((snippet) => snippet.file === file && setsUpTelemetry(snippet)),
      },
    );
    const faults = ended.flatMap(({ file, fault, output }) => {
      const block = snippets.find((snippet) => snippet.file === file)?.block;
      return fault === undefined || !block ? [] : [runProblem(block, file, fault, output)];
    });
    const ran = toRun.map((snippet) => ({
      snippet,
      tookMs: ended.find(({ file }) => file === snippet.file)?.tookMs ?? 0,
    }));
    return { ran, compiled, problems: [...problems, ...faults] };
  } finally {
    await world.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function reasonToLeave({ block, given }: Snippet, hasRedis: boolean): string | undefined {
  if (block.wish) return block.wish.reason;
  const usesRedis = given.includes('Redis') || /\bfrom 'ioredis'/.test(block.code);
  return usesRedis && !hasRedis ? 'no redis-server on this machine' : undefined;
}

/** OpenTelemetry is one to a process. */
function setsUpTelemetry({ block, given }: Snippet): boolean {
  return given.includes('NodeSDK') || /\bstart\(\{|NodeSDK|telltale\/register/.test(block.code);
}

function blockAt(blocks: readonly Block[], file: string, line: number): Block | undefined {
  return blocks.find(
    (block) =>
      block.file === file && line >= block.line && line <= block.line + block.code.split('\n').length,
  );
}

/** The line of the page is known where the stack names the module; its first line holds what is given. */
function runProblem(block: Block, file: string, fault: string, output: string): Problem {
  const at = fault.match(new RegExp(`${path.basename(file).replaceAll('.', '\\.')}:(\\d+)`))?.[1];
  const line = at === undefined ? block.line : block.line + Math.max(0, Number(at) - 2);
  const printed = output.trim() === '' ? [] : ['It printed:', output.trimEnd()];
  const says = [`It fails when it runs: ${fault}`, ...printed].join('\n').replaceAll('\n', '\n    ');
  return { file: block.file, line, says };
}
