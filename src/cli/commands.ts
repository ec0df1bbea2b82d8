/** A command of `telltale`. */
export interface Command {
  /** What it does, in a line. */
  readonly says: string;
  /** Resolves with the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

export const commands: Readonly<Record<string, Command>> = {
  chat: {
    says: 'a chatbot in the terminal, whose sessions resume',
    run: async (args) => (await import('./chat/index.ts')).chat(args),
  },
  analyze: {
    says: 'reports on documents of any length, with the places in them that it stands on',
    run: async (args) => (await import('./analyze/index.ts')).analyze(args),
  },
  batch: {
    says: 'sends a file of requests at half the price, and gives their results',
    run: async (args) => (await import('./batch/index.ts')).batch(args),
  },
  costs: {
    says: 'says what calls have cost, what was wasted, and what would have been cheaper',
    run: async (args) => (await import('./costs/index.ts')).costs(args),
  },
  doctor: {
    says: 'looks at Node, packages, key, endpoints, clock and Redis, and says what is wrong',
    run: async (args) => (await import('./doctor/index.ts')).doctor(args),
  },
  estimate: {
    says: 'says what a prompt, a document or a file of requests would cost, model by model',
    run: async (args) => (await import('./estimate/index.ts')).estimate(args),
  },
  view: {
    says: 'shows recorded traces in the browser, with nothing installed',
    run: async (args) => (await import('./view/index.ts')).view(args),
  },
  loadtest: {
    says: 'puts load on a service, yours with --target, while the provider behind it misbehaves',
    run: async (args) => (await import('./loadtest.ts')).loadtest(args),
  },
  mock: {
    says: 'runs the mock provider, which misbehaves as you say',
    run: async (args) => (await import('./mock.ts')).mock(args),
  },
};
