import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const root = path.resolve(import.meta.dirname, '../..');

/** Reads a YAML or JSON file of the project, named from its root. */
export function readData<T>(file: string): T {
  return parse(readFileSync(path.join(root, file), 'utf8')) as T;
}

export interface ComposeService {
  readonly image: string;
  readonly build?: unknown;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  /** `./source:/target:ro`, or `name:/target` */
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[]; readonly retries: number };
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly pids_limit?: number;
}

/** docker-compose.yml, with what its services share put into each. */
export function readCompose(): {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
} {
  return parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
}

export interface Pipelines {
  readonly receivers: Readonly<Record<string, unknown>>;
  readonly processors: Readonly<Record<string, unknown>>;
  readonly exporters: Readonly<Record<string, unknown>>;
  readonly connectors?: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<
      Record<
        string,
        {
          readonly receivers: readonly string[];
          readonly processors?: readonly string[];
          readonly exporters: readonly string[];
        }
      >
    >;
  };
}
