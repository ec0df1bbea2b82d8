// The package is ES modules only, which every Node that it supports can `require`.
const assert = require('node:assert/strict');
const OpenAI = require('openai');
const { observe, telltale } = require('telltale');
const { createLimiter, mapCalls } = require('telltale/limiter');
const { startMock } = require('telltale/mock');

async function main() {
  const mock = await startMock({ seed: 1 });
  const openai = observe(new OpenAI({ apiKey: 'no key is needed here', baseURL: mock.url }));
  const models = await openai.models.list();
  assert.ok(models.data.length > 0);
  assert.equal(telltale(openai).stats().calls, 1);
  const limiter = createLimiter({ limits: [{ requests: 100, per: 'minute' }] });
  await mapCalls([1, 2], () => limiter.acquire());
  assert.equal(limiter.stats().admitted, 2);
  await limiter.close();
  await mock.close();
}

main();
