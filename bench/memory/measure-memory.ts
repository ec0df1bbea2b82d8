import { setTimeout as sleep } from 'node:timers/promises';
import type OpenAI from 'openai';
import { type ObserveOptions, observe } from '../../src/index.ts';
import { openTelemetrySink } from '../floor/open-telemetry.ts';
import { answer, clientOptions, request } from '../subjects.ts';

export const subjects = ['bare', 'observed', 'observed, SDK', 'observed, all options'] as const;
export type Subject = (typeof subjects)[number];
/** What a call is doing while its memory is looked at. */
export const states = ['in flight', 'in a stream', 'waiting for a limit'] as const;
export type State = (typeof states)[number];

export interface Order {
  readonly subject: Subject;
  readonly state: State;
  readonly calls: number;
}

export interface Figures {
  /** Heap that each open call keeps, after a collection. */
  readonly bytesPerCall: number;
  /** And after all of them have ended, for each of them. */
  readonly bytesLeftPerCall: number;
}

/** Needs `node --expose-gc`, and a process of its own. */
export async function measureMemory({ subject, state, calls }: Order): Promise<Figures> {
  const sdk = subject === 'bare' || subject === 'observed' ? undefined : openTelemetrySink();
  const provider = heldProvider(state === 'in a stream');
  const { default: OpenAI } = await import('openai');
  const bare = new OpenAI({ ...clientOptions(provider.fetch), maxRetries: 0 });
  const openai = subject === 'bare' ? bare : observe(bare, optionsOf(subject, state));
  // Code, shapes and instruments are there before anything is counted.
  await openMany(openai, state, provider, 200);
  await sdk?.drain();
  const before = await heapBytes();
  const open = await openSome(openai, state, provider, calls);
  const during = await heapBytes();
  await provider.release(open);
  await sdk?.drain();
  const after = await heapBytes();
  return { bytesPerCall: (during - before) / calls, bytesLeftPerCall: (after - before) / calls };
}

function optionsOf(subject: Subject, state: State): ObserveOptions {
  const limits =
    state === 'waiting for a limit'
      ? { limits: [{ requests: 1_000, per: 'minute', models: ['none'] }, { concurrent: 1 }] }
      : {};
  return subject === 'observed, all options' ? { ...allOptions, ...limits } : limits;
}
