import { describe, expect, test } from 'vitest';
import type { LedgerEntry, Mock, MockState } from '../../src/mock/index.ts';
import { always, mockForTest } from './support.ts';

function at(mock: Mock, path: string): string {
  return new URL(path, mock.url).href;
}

const json = { 'content-type': 'application/json' };

async function post(mock: Mock, path: string, body: string, headers: Record<string, string> = json) {
  const response = await fetch(at(mock, path), { method: 'POST', headers, body });
  return { status: response.status, answer: (await response.json()) as { error: { message: string } } };
}

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
