import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { pause, within } from '../../loadtest/within.ts';
import { freePorts } from '../shared/free-ports.ts';
import { MetricsPage } from './metrics-page.ts';

export interface CollectorPlace {
  readonly binary: string;
  /** The configuration, and what is to be merged over it: `yaml:processors::memory_limiter::limit_mib: 60`. */
  readonly configs: readonly string[];
  /** Where its queue is kept. */
  readonly storage: string;
  /** Where traces go. */
  readonly jaegerUrl: string;
  readonly keepPercent: number;
  /** @default what the configuration says */
  readonly decisionWaitMs?: number;
}

const startMs = 30_000;
const stopMs = 30_000;
const answerMs = 60_000;

/** A collector of ours on free ports of this machine: they stay the same when it is started again. */
export class Collector {
  readonly #place: CollectorPlace;
  readonly #env: NodeJS.ProcessEnv;
  readonly url: string;
  readonly #metricsUrl: string;
  readonly #selfUrl: string;
  readonly #healthUrl: string;
  #child: ChildProcess | undefined;
  #output = '';
  #problems = '';

  private constructor(place: CollectorPlace, ports: readonly number[]) {
    const [grpc = 0, http = 0, metrics = 0, self = 0, health = 0] = ports;
    this.#place = place;
    this.url = `http://127.0.0.1:${http}`;
    this.#metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
    this.#selfUrl = `http://127.0.0.1:${self}/metrics`;
    this.#healthUrl = `http://127.0.0.1:${health}`;
    this.#env = {
      TELLTALE_COLLECTOR_GRPC: `127.0.0.1:${grpc}`,
      TELLTALE_COLLECTOR_HTTP: `127.0.0.1:${http}`,
      TELLTALE_COLLECTOR_METRICS: `127.0.0.1:${metrics}`,
      TELLTALE_COLLECTOR_SELF_HOST: '127.0.0.1',
      TELLTALE_COLLECTOR_SELF_PORT: String(self),
      TELLTALE_COLLECTOR_HEALTH: `127.0.0.1:${health}`,
      TELLTALE_COLLECTOR_STORAGE: place.storage,
      TELLTALE_JAEGER_ENDPOINT: place.jaegerUrl,
      TELLTALE_KEEP_PERCENT: String(place.keepPercent),
      ...(place.decisionWaitMs === undefined ? {} : { TELLTALE_DECISION_WAIT: `${place.decisionWaitMs}ms` }),
    };
  }

  static async at(place: CollectorPlace): Promise<Collector> {
    return new Collector(place, await freePorts(5));
  }

  /** @throws RunFailure with what it said, where it does not come up. */
  async start(): Promise<void> {
    const child = this.#spawn();
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => resolve(code));
      child.once('error', () => resolve(-1));
    });
    const deadline = performance.now() + startMs;
    while (performance.now() < deadline) {
      if ((await Promise.race([ended, this.#isHealthy()])) === true) return;
      if (child.exitCode !== null) break;
      await pause(100);
    }
    await this.kill();
    throw new RunFailure(`The collector did not start:\n${this.problems(5)}`);
  }

  /** Lets it run to its end, which is expected to come at once. */
  async runToEnd(): Promise<number> {
    const child = this.#spawn();
    const ended = await within(once(child, 'exit'), startMs);
    await this.kill();
    return ended === 'late' ? 0 : (child.exitCode ?? -1);
  }

  #spawn(): ChildProcess {
    const args = this.#place.configs.flatMap((config) => ['--config', config]);
    const child = spawn(this.#place.binary, args, {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C reaches only the check, which ends it.
      detached: true,
      windowsHide: true,
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#problems += text;
    });
    const killWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.removeListener('exit', killWithUs));
    this.#child = child;
    return child;
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const response = await fetch(this.#healthUrl, { signal: AbortSignal.timeout(1_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Ends it as Docker does: SIGTERM, and it may finish. @throws RunFailure where it does not. */
  async stop(): Promise<void> {
    if ((await this.#end('SIGTERM')) === 'late') {
      await this.kill();
      throw new RunFailure(`The collector did not end within ${stopMs / 1_000} s of SIGTERM.`);
    }
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<unknown> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return undefined;
    const ended = once(child, 'exit');
    child.kill(signal);
    return within(ended, stopMs);
  }

  /** 0 where it does not run. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Sends OTLP in JSON; resolves with the status of the answer. */
  send(signal: 'traces' | 'logs', body: unknown): Promise<number> {
    return this.sendText(signal, JSON.stringify(body));
  }

  async sendText(signal: 'traces' | 'logs', json: string): Promise<number> {
    const response = await fetch(`${this.url}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: json,
      signal: AbortSignal.timeout(answerMs),
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** What Prometheus gets, in the format that it asks for. */
  metrics(): Promise<MetricsPage> {
    return MetricsPage.read(this.#metricsUrl);
  }

  /** The collector's figures of itself. */
  self(): Promise<MetricsPage> {
    return MetricsPage.read(this.#selfUrl);
  }

  /** All that it has written to its output: the log records. */
  get output(): string {
    return this.#output;
  }

  /** The last lines of what it said of itself. */
  problems(lines: number): string {
    return this.#problems.trimEnd().split('\n').slice(-lines).join('\n');
  }
}
