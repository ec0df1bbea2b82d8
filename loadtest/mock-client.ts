import { Agent, get } from 'node:http';
import type { LedgerEntry } from '../src/mock/ledger.ts';
import type { ProviderLeft } from './books/left.ts';
import { RunFailure } from './run-failure.ts';
import { pause } from './within.ts';

/** Own connections: the global ones may go through the user's proxy, which does not know this machine. */
const agent = new Agent();

/** What the mock has written down, and what it is still at. */
export interface ProviderBook {
  readonly ledger: readonly LedgerEntry[];
  readonly left: ProviderLeft;
}

/**
 * The mock's book, once no request runs on it any more and no background response is at work, or a few seconds have
 * passed; `origin` is its address without a path.
 */
export async function takeBook(origin: string): Promise<ProviderBook> {
  const settledMs = 5_000;
  const until = performance.now() + settledMs;
  const stateOf = async (): Promise<{ running: number; jobs: number }> =>
    (await getJson(`${origin}/__control/state`)) as { running: number; jobs: number };
  let state = await stateOf();
  while (state.running + state.jobs > 0 && performance.now() < until) {
    await pause(50);
    state = await stateOf();
  }
  const ledger = (await getJson(`${origin}/__ledger`)) as LedgerEntry[];
  return { ledger, left: { running: state.running } };
}

const answerMs = 30_000;

function getJson(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new RunFailure(`The mock provider did not give its ledger: ${error.message}`));
    const request = get(url, { agent, timeout: answerMs }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', failed);
      response.once('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(pieces).toString('utf8')));
        } catch (error) {
          failed(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', failed);
  });
}
