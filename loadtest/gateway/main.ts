/**
 * The gateway as a process of its own: started by the runner, which it tells where it listens in one line of JSON on
 * stdout, and which it obeys over IPC. It ends with the runner.
 */
import OpenAI from 'openai';
import { TelltaleError } from '../../src/errors.ts';
import { start, type TelltaleSdk } from '../../src/node/index.ts';
import { observedClient } from './client.ts';
import { heldResources, watchRequests, whatIsLeft } from './leftovers.ts';
import { measureSelf } from './measure-self.ts';
import { startGateway } from './server.ts';
import type { FromGateway, GatewaySettings, ToGateway } from './settings.ts';

const drainMs = 15_000;
const progressEveryMs = 500;

const settings = JSON.parse(process.env['TELLTALE_GATEWAY'] ?? '{}') as GatewaySettings;

// The runner ends this process, after it has been told to send everything.
const telemetry = startTelemetry();
const requests = watchRequests(new URL(settings.providerUrl).origin);
// Both clients, observed or not: one attempt may take a third of a call's deadline.
const bare = new OpenAI({ apiKey: 'load-test', baseURL: settings.providerUrl, timeout: 10_000 });
const openai = await observedClient(bare, settings);
const gateway = await startGateway(bare);

/** Where the package is installed without what this needs, the sentence that says so is enough. */
function startTelemetry(): TelltaleSdk {
  try {
    return start({ handleSignals: false, exportTimeoutMs: 15_000 });
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

function tell(message: FromGateway): void {
  if (process.connected) process.send?.(message);
}

const progress = setInterval(() => tell({ type: 'progress', retries: openai.retries() }), progressEveryMs);

function sample(): void {
  tell({ type: 'sample', ...measureSelf() });
}

const sampling =
  settings.sampleEveryMs === undefined ? undefined : setInterval(sample, settings.sampleEveryMs);

async function drain(): Promise<void> {
  clearInterval(progress);
  clearInterval(sampling);
  await gateway.drain(drainMs);
  await openai.close();
  await telemetry.flush();
  const left = await whatIsLeft(() => ({
    openCalls: openai.openCalls(),
    requests: requests.underWay(),
    resources: heldResources(),
  }));
  tell({ type: 'drained', left });
}

process.on('message', (message: ToGateway) => {
  if (message.type === 'drain') void drain();
});
process.once('disconnect', () => {
  void telemetry.shutdown().finally(() => process.exit(0));
  setTimeout(() => process.exit(0), 2_000);
});
console.log(JSON.stringify({ ready: true, url: gateway.url }));
