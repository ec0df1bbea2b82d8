import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** The JSON of an answer, and the method of the client that it is for. */
export interface Checked {
  readonly method: string;
  readonly json: string;
  /** Whether it is one event of a stream. */
  readonly isEvent?: boolean;
}

/** The type of what a method resolves to, or of the items of its pages. */
const preamble = `
type Item<P> = P extends PagePromise<any, infer I> ? { data: I[] } : P extends Promise<infer T> ? T : never;
type Answer<M> = M extends (...args: any[]) => infer R ? Exclude<Item<R>, AsyncIterable<any>> : never;
type Streamed<T> = T extends AsyncIterable<infer E> ? E : never;
type Event<M> = M extends (...args: any[]) => infer R ? (R extends Promise<infer T> ? Streamed<T> : never) : never;
declare const client: OpenAI;
declare function event<M>(): <X extends Event<M>>(event: X) => void;
declare function accept<M>(): <X extends Answer<M>>(answer: X) => void;
`;

/** What the compiler says against answers being of the types that a version of the client promises; empty for nothing. */
export async function complaints(version: string, answers: readonly Checked[]): Promise<string> {
  const directory = await mkdtemp(path.resolve('node_modules', '.mock-shapes-'));
  try {
    const lines = answers.map(
      ({ method, json, isEvent }) => `${isEvent ? 'event' : 'accept'}<typeof client.${method}>()(${json});`,
    );
    const imports = [
      `import type OpenAI from '${version}';`,
      `import type { PagePromise } from '${version}/core/pagination';`,
    ];
    await writeFile(path.join(directory, 'answers.ts'), [...imports, preamble, ...lines].join('\n'));
    const compiler = path.resolve('node_modules', 'typescript', 'bin', 'tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--ignoreConfig',
      '--types',
      '',
      '--target',
      'es2023',
    ];
    const resolution = ['--module', 'nodenext', path.join(directory, 'answers.ts')];
    return await promisify(execFile)(process.execPath, [compiler, ...options, ...resolution], {
      maxBuffer: 64 * 1024 * 1024,
    }).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}
