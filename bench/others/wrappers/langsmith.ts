import type OpenAI from 'openai';
import { factsIn } from '../../floor/book.ts';
import { installed } from '../install.ts';
import { type Listener, listeningSink } from '../listened.ts';
import type { Wrapper } from '../wrapper.ts';

type Run = Readonly<Record<string, unknown>>;

interface Client {
  createRun(run: Run): Promise<void>;
  updateRun(id: string, run: Run): Promise<void>;
}

interface RunTree {
  postRun(): Promise<void>;
  end(outputs: unknown): Promise<void>;
  patchRun(): Promise<void>;
}

type ClientClass = new (options: object) => Client;
type RunTreeClass = new (options: object) => RunTree;

/** It builds runs and hands them to its client, once at the start and once at the end; here the client drops them. */
export const langsmith: Wrapper = {
  name: 'langsmith',
  packageName: 'langsmith',
  openai: 'openai',
  openTelemetry: false,
  setUp: ({ loadOpenAI, clientOptions }) => {
    process.env['LANGSMITH_TRACING'] = 'true';
    const listener: Listener<Run> = { heard: undefined };
    class DroppingClient extends installed<{ Client: ClientClass }>('langsmith').Client {
      override async createRun(run: Run): Promise<void> {
        listener.heard?.(run);
      }
      override async updateRun(_id: string, run: Run): Promise<void> {
        listener.heard?.(run);
      }
    }
    const client = new DroppingClient({ apiUrl: 'http://127.0.0.1:1', apiKey: 'none' });
    const { RunTree: Tree } = installed<{ RunTree: RunTreeClass }>('langsmith/run_trees');
    const sink = listeningSink(listener, {
      drain: () => new Promise((resolve) => setImmediate(resolve)),
      count: (runs) => ({ events: runs.length }),
      facts: (runs) => runs.flatMap((run) => factsIn('run', run)),
      replay: ([created, updated]) => {
        const { name, run_type, inputs, tags } = created ?? {};
        const extra = updated?.['extra'];
        const outputs = updated?.['outputs'];
        return async () => {
          const run = new Tree({ name, run_type, inputs, tags, extra, client });
          await run.postRun();
          await run.end(outputs);
          await run.patchRun();
        };
      },
    });
    const { wrapOpenAI } = installed<{ wrapOpenAI: (openai: OpenAI, options: object) => OpenAI }>(
      'langsmith/wrappers',
    );
    return { sink, openai: wrapOpenAI(new (loadOpenAI().OpenAI)(clientOptions), { client }) };
  },
};
