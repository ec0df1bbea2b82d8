import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Gate, Subject } from './subject.ts';
import { subjects } from './subjects.ts';
import { worstWindow } from './windows.ts';

export const waiters = 100_000;
export const inFlight = 1_000;
/** For the accuracy: so many calls in any window of this length. */
export const quota = 100;
export const windowMs = 1_000;

/** So much shorter is a window that leaves a limiter the error of its timers and of a clock of whole milliseconds. */
export const slackMs = 10;

/** The most starts in any window. */
export interface Worst {
  readonly exact: number;
  /** In any window that is shorter by the slack. */
  readonly withSlack: number;
}

/** What is measured of a limiter, each in a process of its own. */
export interface Figures {
  readonly speed: { readonly sequentialPerSecond: number; readonly inFlightPerSecond: number };
  readonly memory: { readonly bytesPerWaiter: number; readonly enqueueMs: number };
  readonly accuracy: { readonly saturated: Worst; readonly bursts: Worst };
}

export type Measure = keyof Figures;
export const measures = ['speed', 'memory', 'accuracy'] as const satisfies readonly Measure[];

export interface Order {
  readonly subject: string;
  readonly measure: Measure;
}

export async function measureLimiter({ subject: name, measure }: Order): Promise<Figures[Measure]> {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (!subject) throw new Error(`No limiter is called ${name}.`);
  switch (measure) {
    case 'speed':
      return speedOf(subject);
    case 'memory':
      return memoryOf(subject);
    case 'accuracy':
      return accuracyOf(subject);
  }
}

/** No run comes near it, so nothing waits. */
const plenty = 1_000_000_000;
const minuteMs = 60_000;
const warmUpMs = 300;
const speedMs = 700;

async function speedOf(subject: Subject): Promise<Figures['speed']> {
  const one = await perSecond(subject.open(plenty, minuteMs), 1);
  const many = await perSecond(subject.open(plenty, minuteMs), inFlight);
  return { sequentialPerSecond: one, inFlightPerSecond: many };
}

/** For a time and not for a number: some do a million in it, and one some hundred. */
async function perSecond(gate: Gate, atOnce: number): Promise<number> {
  const times = await doneWithin(gate, atOnce, 1, warmUpMs);
  // About 20 ms at a time, so that little time goes to looking at the clock.
  const share = Math.max(1, Math.round((times.done / times.tookMs) * (20 / atOnce)));
  const { done, tookMs } = await doneWithin(gate, atOnce, share, speedMs);
  return (done / tookMs) * 1000;
}

async function doneWithin(gate: Gate, atOnce: number, share: number, ms: number) {
  const startedMs = performance.now();
  let done = 0;
  let tookMs = 0;
  while (tookMs < ms) {
    await Promise.all(Array.from({ length: atOnce }, () => gate.passes(share)));
    done += atOnce * share;
    tookMs = performance.now() - startedMs;
  }
  return { done, tookMs };
}

async function memoryOf(subject: Subject): Promise<Figures['memory']> {
  const gate = subject.open(quota, minuteMs);
  // Whoever comes after these waits.
  await gate.passes(quota);
  const held = new Array<unknown>(waiters).fill(undefined);
  const beforeBytes = await heapBytes();
  const startedMs = performance.now();
  for (let index = 0; index < waiters; index++) held[index] = gate.wait();
  // Some put the call into their queue in a later turn.
  await turn();
  const enqueueMs = performance.now() - startedMs;
  const bytes = (await heapBytes()) - beforeBytes;
  mustWait(await settledOf(held));
  return { bytesPerWaiter: bytes / waiters, enqueueMs };
}

function mustWait(settled: number): void {
  if (settled > waiters / 100) throw new Error(`${settled} of ${waiters} calls did not wait.`);
}

async function settledOf(promises: readonly unknown[]): Promise<number> {
  let settled = 0;
  const count = (): void => {
    settled++;
  };
  for (const promise of promises) void (promise as Promise<unknown>).then(count, count);
  await turn();
  return settled;
}

async function heapBytes(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('Memory is measured under `node --expose-gc`.');
  // What is given up in one collection may hold what only the next one finds.
  for (let time = 0; time < 3; time++) {
    await sleep(20);
    gc();
  }
  return process.memoryUsage().heapUsed;
}

const saturatedMs = 4_000;
/** This long after its first call the rest comes: at the end of a window that began with that call. */
const burstAfterMs = 900;

async function accuracyOf(subject: Subject): Promise<Figures['accuracy']> {
  // At the same time: both do nothing for most of it.
  const [saturated, bursts] = await Promise.all([saturatedStarts(subject), burstStarts(subject)]);
  return { saturated: worstOf(saturated), bursts: worstOf(bursts) };
}

function worstOf(startsMs: readonly number[]): Worst {
  return { exact: worstWindow(startsMs, windowMs), withSlack: worstWindow(startsMs, windowMs - slackMs) };
}

/** More calls than can go in the whole run are there from the beginning. */
async function saturatedStarts(subject: Subject): Promise<readonly number[]> {
  const { startsMs, ask } = recorded(subject);
  await ask((saturatedMs / windowMs + 2) * quota);
  await sleep(saturatedMs);
  return startsMs;
}

async function burstStarts(subject: Subject): Promise<readonly number[]> {
  const { startsMs, ask } = recorded(subject);
  await ask(1);
  await sleep(burstAfterMs);
  await ask(3 * quota);
  await sleep(saturatedMs - burstAfterMs);
  return startsMs;
}

function recorded(subject: Subject) {
  const gate = subject.open(quota, windowMs);
  const startsMs: number[] = [];
  const started = (): void => {
    startsMs.push(performance.now());
  };
  /** Each in a turn of its own: a call that may go could not start before a loop that asks for all of them is over. */
  const ask = async (times: number): Promise<void> => {
    for (let asked = 0; asked < times; asked++) {
      gate.start(started);
      await turn();
    }
  };
  return { startsMs, ask };
}
