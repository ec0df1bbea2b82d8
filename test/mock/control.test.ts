import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { LedgerEntry, Mock, MockState } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { always, mockForTest } from './support.ts';

function at(mock: Mock, path: string): string {
  return new URL(path, mock.url).href;
}

const json = { 'content-type': 'application/json' };

async function post(mock: Mock, path: string, body: string, headers: Record<string, string> = json) {
  const response = await fetch(at(mock, path), { method: 'POST', headers, body });
  return { status: response.status, answer: (await response.json()) as { error: { message: string } } };
}

/** Sends headers that `fetch` would set itself. */
function send(mock: Mock, method: string, path: string, body: string, headers: Record<string, string>) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { port } = new URL(mock.url);
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, text: read }), reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const rawPost = (mock: Mock, path: string, body: string, headers: Record<string, string>) =>
  send(mock, 'POST', path, body, headers);
const rawGet = (mock: Mock, path: string, headers: Record<string, string>) =>
  send(mock, 'GET', path, '', headers);

const start = (mock: Mock, body: string) => post(mock, '/__control/start', body);

async function askForModels(mock: Mock) {
  return (await fetch(`${mock.url}/models`, { headers: { authorization: 'Bearer any' } })).status;
}

describe('the control API', () => {
  test('starts a schedule and says where it is', async () => {
    const mock = await mockForTest();
    await askForModels(mock);
    const schedule = always({ status: 503, rate: 1 });
    const { status, answer } = await start(mock, JSON.stringify({ seed: 42, schedule, loop: true }));
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      seed: 42,
      schedule,
      loop: true,
      phase: 'trouble',
      phaseIndex: 0,
      requests: 0,
    });
    expect(await askForModels(mock)).toBe(503);
    await mock.settled();
    const state = (await (await fetch(at(mock, '/__control/state'))).json()) as MockState;
    expect(state).toMatchObject({ seed: 42, requests: 1, running: 0 });
    expect(state.connections).toBeGreaterThanOrEqual(1);
    expect(Date.parse(state.startedAt)).not.toBeNaN();
  });

  test('starts limits', async () => {
    const mock = await mockForTest();
    const limits = [{ requests: 1, per: 'minute' }];
    const { answer } = await start(mock, JSON.stringify({ limits, enforcePerSecond: true }));
    expect(answer).toMatchObject({ limits, law: 'bucket', enforcePerSecond: true });
    const headers = { authorization: 'Bearer any' };
    const ask = () =>
      fetch(`${mock.url}/responses`, { method: 'POST', headers, body: '{"model":"gpt-4o","input":"Hello"}' });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
    await mock.settled();
    const ledger = (await (await fetch(at(mock, '/__ledger'))).json()) as LedgerEntry[];
    expect(ledger).toEqual(mock.ledger());
    expect(ledger.map(({ rateLimit }) => rateLimit?.outcome)).toEqual(['admitted', 'refused']);
  });

  test('keeps what a start does not give', async () => {
    const mock = await mockForTest({ seed: 5, schedule: always({ status: 503, rate: 1 } as const) });
    const { answer } = await start(mock, '');
    expect(answer).toMatchObject({ seed: 5, schedule: always({ status: 503, rate: 1 }) });
  });

  test.each([
    [
      '{"schedule":[{"forMs":1},{"forMs":1,"faults":[{"status":429,"rate":-1}]}]}',
      '`schedule[1].faults[0].rate`',
    ],
    ['{"seeed":1}', 'Unknown option `options.seeed`. Did you mean `seed`?'],
    ['{"port":1}', 'Unknown option `options.port`'],
    ['{"limits":[{"tokens":-1,"per":"day"}]}', '`limits[0].tokens`'],
    ['{"law":"window"}', 'Expected `limits` to be given, since `law` is'],
    ['[]', 'Expected `options` to be an object'],
    ['{"seed":', 'The body is not JSON.'],
  ])('refuses %s and goes on as before', async (body, message) => {
    const mock = await mockForTest({ seed: 5 });
    await askForModels(mock);
    const { status, answer } = await start(mock, body);
    expect(status).toBe(400);
    expect(answer.error.message).toContain(message);
    expect(mock.state()).toMatchObject({ seed: 5, requests: 1 });
  });

  test('changes the faults and keeps the ledger', async () => {
    const mock = await mockForTest({ schedule: always({ status: 503, rate: 1 } as const) });
    expect(await askForModels(mock)).toBe(503);
    const faults = [{ status: 429, rate: 1, code: 'slow_down' }];
    const { status, answer } = await post(mock, '/__control/faults', JSON.stringify({ faults }));
    expect(status).toBe(200);
    expect(answer).toMatchObject({ faults, phase: 'by-hand', phaseIndex: -1, requests: 1 });
    expect(await askForModels(mock)).toBe(429);
    const back = await fetch(at(mock, '/__control/faults'), { method: 'DELETE' });
    expect(back.status).toBe(200);
    const state = (await back.json()) as MockState;
    expect(state).toMatchObject({ phase: 'trouble', requests: 2 });
    expect(state).not.toHaveProperty('faults');
    expect(await askForModels(mock)).toBe(503);
    await mock.settled();
    expect(mock.ledger().map(({ phase, phaseIndex, fault }) => [phase, phaseIndex, fault])).toEqual([
      ['trouble', 0, '503'],
      ['by-hand', -1, '429 slow_down'],
      ['trouble', 0, '503'],
    ]);
  });

  test('changes the schedule, which begins then, and keeps the ledger and what is not given', async () => {
    const clock = createFakeClock();
    const mock = await mockForTest({ clock, seed: 7, schedule: always({ status: 503, rate: 1 } as const) });
    expect(await askForModels(mock)).toBe(503);
    clock.advance(500);
    const schedule = [
      { name: 'calm', forMs: 50 },
      { name: 'storm', forMs: 50, faults: [{ status: 429, rate: 1 }] },
    ];
    const { answer } = await post(mock, '/__control/schedule', JSON.stringify({ schedule, scale: 2 }));
    expect(answer).toMatchObject({
      seed: 7,
      schedule,
      scale: 2,
      loop: false,
      phase: 'calm',
      requests: 1,
      elapsedMs: 500,
    });
    expect(await askForModels(mock)).toBe(200);
    clock.advance(100);
    expect(await askForModels(mock)).toBe(429);
    await post(mock, '/__control/schedule', JSON.stringify({ loop: true }));
    expect(await askForModels(mock)).toBe(200);
    clock.advance(300);
    expect(await askForModels(mock)).toBe(429);
    await mock.settled();
    expect(mock.ledger().map(({ phase, arrivedAtMs }) => [phase, arrivedAtMs])).toEqual([
      ['trouble', 0],
      ['calm', 500],
      ['storm', 600],
      ['calm', 600],
      ['storm', 900],
    ]);
    // A start keeps the schedule that was followed last.
    await start(mock, '');
    expect(mock.state()).toMatchObject({ schedule, loop: true, scale: 2, elapsedMs: 0, requests: 0 });
  });

  test.each([
    [
      '/__control/faults',
      '{"faults":[{"status":429,"rate":2}]}',
      'Expected `faults[0].rate` to be a number from 0 to 1, got `2`',
    ],
    [
      '/__control/faults',
      '{"faults":[{"kind":"hang","rate":0.6},{"kind":"reset","rate":0.6}]}',
      'Expected the rates in `faults` to sum to at most 1',
    ],
    ['/__control/faults', '{"fautls":[]}', 'Unknown option `options.fautls`. Did you mean `faults`?'],
    ['/__control/faults', '{}', 'Expected `faults` to be an array of faults, got `undefined`'],
    ['/__control/faults', '', 'Expected `options` to be an object'],
    [
      '/__control/faults',
      '{"faults":[{"kind":"refuse","rate":1}]}',
      'cannot refuse connections, for these would be refused too',
    ],
    ['/__control/schedule', '{"schedule":[{"forMs":0}]}', 'Expected `schedule[0].forMs` to be more than 0'],
    ['/__control/schedule', '{"seed":3}', 'Unknown option `options.seed`'],
    ['/__control/schedule', '{"scale":-1}', 'Expected `scale` to be more than 0'],
    ['/__control/schedule', '', 'Expected `options` to be an object'],
    ['/__control/schedule', '{"loop":', 'The body is not JSON.'],
  ])('refuses for %s the body %s and goes on as before', async (path, body, message) => {
    const mock = await mockForTest({ schedule: always({ status: 503, rate: 1 } as const) });
    const { status, answer } = await post(mock, path, body);
    expect(status).toBe(400);
    expect(answer.error.message).toContain(message);
    expect(await askForModels(mock)).toBe(503);
  });

  test.each([
    [
      'a body that is not said to be JSON',
      { 'content-type': 'text/plain' },
      415,
      'content-type: application/json',
    ],
    [
      'a body of a form',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'content-type: application/json',
    ],
    [
      'a page of another origin',
      { ...json, origin: 'http://evil.example' },
      403,
      'not for pages of other origins',
    ],
    ['a page without an origin', { ...json, origin: 'null' }, 403, 'not for pages of other origins'],
    [
      'a name that was made to mean this machine',
      { ...json, host: 'evil.example:80' },
      403,
      'not at `evil.example`',
    ],
    [
      'such a name that looks like an address',
      { ...json, host: '127.evil.example' },
      403,
      'not at `127.evil.example`',
    ],
  ])('is not for %s', async (_who, headers, status, message) => {
    const mock = await mockForTest({ seed: 5 });
    const refused = await rawPost(mock, '/__control/start', '{"seed":6}', headers);
    expect(refused.status).toBe(status);
    expect(refused.text).toContain(message);
    expect(mock.state().seed).toBe(5);
  });

  test.each([
    { 'content-type': 'Application/JSON; charset=utf-8' },
    { ...json, host: 'localhost:4010' },
    { ...json, host: 'mock.localhost' },
    { ...json, host: '[::1]:4010' },
    { ...json, host: '10.0.0.7' },
  ])('is for a request with %j', async (headers) => {
    const mock = await mockForTest();
    expect(await rawPost(mock, '/__control/start', '{"seed":6}', headers)).toMatchObject({ status: 200 });
    expect(mock.state().seed).toBe(6);
  });

  test('gives the ledger to no name that was made to mean this machine, but to any where others are let in', async () => {
    const headers = { host: 'mock:4010' };
    const inside = await mockForTest();
    expect((await rawGet(inside, '/__ledger', headers)).status).toBe(403);
    const outside = await mockForTest({ host: '0.0.0.0' });
    expect((await rawGet(outside, '/__ledger', headers)).status).toBe(200);
  });

  test('is not in the ledger, and answers while every API request fails', async () => {
    const mock = await mockForTest({ schedule: always({ kind: 'reset', rate: 1 } as const) });
    expect(await (await fetch(at(mock, '/healthz'))).json()).toEqual({ status: 'ok' });
    expect((await fetch(at(mock, '/__control/state'))).status).toBe(200);
    expect((await fetch(at(mock, '/__ledger'))).status).toBe(200);
    const unknown = await fetch(at(mock, '/__control/stop'), { method: 'POST' });
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain('POST /__control/start');
    expect(mock.ledger()).toEqual([]);
  });

  test('gives the ledger as JSON, also when it is long', async () => {
    const mock = await mockForTest();
    const ledger = async () => (await (await fetch(at(mock, '/__ledger'))).json()) as LedgerEntry[];
    expect(await ledger()).toEqual([]);
    for (let round = 0; round < 12; round++)
      await Promise.all(Array.from({ length: 100 }, () => askForModels(mock)));
    await mock.settled();
    expect(await ledger()).toEqual(mock.ledger());
    expect(await ledger()).toHaveLength(1_200);
  });
});
