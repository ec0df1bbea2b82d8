import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { worstWindow } from '../limiters/windows.ts';
import { type Pass, type RedisSubject, redisSubjects } from './subjects.ts';

export const inFlight = 64;
/** For the worst window: so many calls in any window of this length, which is one that may have leases. */
export const quota = 200;
export const windowMs = 10_000;
/** So much shorter is a window that leaves a limiter the error of its timers and of the way to Redis and back. */
export const slackMs = 100;

export interface Speed {
  readonly perSecond: number;
  /** Commands sent to Redis for one admission. */
  readonly tripsPerAdmission: number;
}

/** The most starts in any window. */
export interface Worst {
  readonly exact: number;
  readonly withSlack: number;
}

export interface RedisFigures {
  readonly speed: { readonly sequential: Speed; readonly concurrent: Speed };
  readonly accuracy: Worst;
}

export type RedisMeasure = keyof RedisFigures;

export interface RedisOrder {
  readonly subject: string;
  readonly measure: RedisMeasure;
  readonly port: number;
}

export async function measureRedis({ subject: name, measure, port }: RedisOrder) {
  const subject = redisSubjects.find((candidate) => candidate.name === name);
  if (!subject) throw new Error(`No limiter is called ${name}.`);
  return measure === 'speed' ? speedOf(subject, port) : accuracyOf(subject, port);
}

/** No run comes near it, so nothing waits. */
const plenty = 1_000_000_000;
const minuteMs = 60_000;
const warmUpMs = 700;
const speedMs = 1_500;

async function speedOf(subject: RedisSubject, port: number): Promise<RedisFigures['speed']> {
  const sequential = await speed(subject, port, 1);
  const concurrent = await speed(subject, port, inFlight);
  return { sequential, concurrent };
}

async function speed(subject: RedisSubject, port: number, atOnce: number): Promise<Speed> {
  const client = await connected(port);
  const counted = countCommands(client);
  const pass = subject.open(client, newKey(), plenty, minuteMs);
  await doneWithin(pass, atOnce, warmUpMs);
  const before = counted.commands;
  const { done, tookMs } = await doneWithin(pass, atOnce, speedMs);
  return { perSecond: (done / tookMs) * 1_000, tripsPerAdmission: (counted.commands - before) / done };
}

/** So many loops at once, each of which asks again when it was let go. */
async function doneWithin(pass: Pass, atOnce: number, ms: number) {
  const startedMs = performance.now();
  let done = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() - startedMs < ms) {
      await pass();
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return { done, tookMs: performance.now() - startedMs };
}

const lookedAtMs = 2.2 * windowMs;
/** This long after its first call the rest comes: at the end of a window that began with that call. */
const burstAfterMs = 0.9 * windowMs;

/**
 * Two limiters, each with a connection of its own, share one key: one call, and late in the window that it began more than
 * two windows hold, at both.
 */
async function accuracyOf(subject: RedisSubject, port: number): Promise<Worst> {
  const key = newKey();
  const clients = await Promise.all([connected(port), connected(port)]);
  const passes = clients.map((client) => subject.open(client, key, quota, windowMs));
  const startsMs: number[] = [];
  const ask = (times: number): void => {
    for (const pass of passes)
      for (let asked = 0; asked < times; asked++) void pass().then(() => startsMs.push(performance.now()));
  };
  ask(1);
  await sleep(burstAfterMs);
  ask(1.5 * quota);
  await sleep(lookedAtMs - burstAfterMs);
  return { exact: worstWindow(startsMs, windowMs), withSlack: worstWindow(startsMs, windowMs - slackMs) };
}

let keys = 0;
const newKey = (): string => `bench-${process.pid}-${keys++}`;

async function connected(port: number): Promise<Redis> {
  const client = new Redis({ port, host: '127.0.0.1' });
  await client.ping();
  return client;
}

/** Every command passes one method of the client. */
function countCommands(client: Redis): { readonly commands: number } {
  const counted = { commands: 0 };
  const send = client.sendCommand;
  client.sendCommand = function (this: Redis, ...sent) {
    counted.commands++;
    return send.apply(this, sent);
  };
  return counted;
}
