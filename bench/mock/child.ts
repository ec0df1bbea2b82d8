import { startMock } from '../../src/mock/index.ts';

const tokens = Number(process.argv[2] ?? 20);
const mock = await startMock({
  latency: { firstTokenMs: 0, betweenTokensMs: 0 },
  outputTokens: { min: tokens, max: tokens },
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1_000);
});
process.once('disconnect', () => void mock.close().then(() => process.exit(0)));
console.log(mock.url);
