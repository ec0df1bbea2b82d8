import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A variable that docker-compose.yml reads. */
export interface Variable {
  readonly name: string;
  readonly fallback: string;
  readonly value: string;
  /** What is wrong with it, and what to do; absent where nothing is. */
  readonly problem?: string;
}

interface Kind {
  readonly says: string;
  readonly isGood: (value: string) => boolean;
}

const port: Kind = {
  says: 'a port from 1 to 65535',
  isGood: (value) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535,
};
const kinds: Readonly<Record<string, Kind>> = {
  TELLTALE_KEEP_PERCENT: {
    says: 'a number from 0 to 100',
    isGood: (value) => /^\d+(\.\d+)?$/.test(value) && Number(value) <= 100,
  },
  TELLTALE_PROMETHEUS_RETENTION: {
    says: 'a time such as 12h or 15d',
    isGood: (value) => /^[1-9]\d*[hdwy]$/.test(value),
  },
  TELLTALE_DEMO_SCENARIO: {
    says: 'the name of a scenario: `npx telltale mock --help` lists them',
    isGood: (value) => /^[a-z0-9-]+$/.test(value),
  },
  TELLTALE_DEMO_CALLS_PER_SECOND: {
    says: 'a number from 0 to 100',
    isGood: (value) => /^\d+(\.\d+)?$/.test(value) && Number(value) <= 100,
  },
};

function kindOf(name: string): Kind | undefined {
  return name.endsWith('_PORT') ? port : kinds[name];
}

/**
 * What Compose will take for the variables of its file: empty is as good as absent.
 */
export function readVariables(compose: string, env: Readonly<NodeJS.ProcessEnv>): Variable[] {
  const found = [...compose.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = '', fallback = '']) => ({
    name,
    fallback,
    value: env[name] || fallback,
  }));
  const owners = new Map<string, string>();
  return found.map((variable) => {
    const { name, value } = variable;
    const kind = kindOf(name);
    if (kind && !kind.isGood(value))
      return { ...variable, problem: `Expected ${name} to be ${kind.says}, got \`${value}\`.` };
    if (kind !== port) return variable;
    const owner = owners.get(value);
    owners.set(value, name);
    return owner === undefined
      ? variable
      : { ...variable, problem: `${name} and ${owner} are both ${value}: give one of them another port.` };
  });
}

/** Adds to each port on which somebody listens already. Ports of this very stack, where it runs, are among them. */
export function withTakenPorts(variables: readonly Variable[]): Promise<Variable[]> {
  return Promise.all(
    variables.map(async (variable) => {
      const { name, value, problem } = variable;
      if (problem !== undefined || kindOf(name) !== port || (await isFree(Number(value)))) return variable;
      const other = Number(value) + (Number(value) > 55_000 ? -10_000 : 10_000);
      return {
        ...variable,
        problem: `Port ${value} is taken: end what listens there, or start with ${name}=${other} docker compose up -d.`,
      };
    }),
  );
}

function isFree(number: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(number, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The lines of an `.env` file, as far as Compose and this agree on them; the environment goes before them. */
export function readEnvFile(file: string): Record<string, string> {
  try {
    const lines = readFileSync(file, 'utf8').matchAll(
      /^\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*=\s*(.*?)\s*$/gm,
    );
    return Object.fromEntries(
      [...lines].map(([, name = '', value = '']) => [name, value.replace(/^(["'])(.*)\1$/, '$2')]),
    );
  } catch {
    return {};
  }
}
