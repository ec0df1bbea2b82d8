// A process of its own for proxy.test.ts: prints what the address in its argument gives.
import { fetchText } from '../../../loadtest/program/fetch.ts';

const limits = { answerMs: 20_000, stallMs: 20_000 };
try {
  console.log(await fetchText(new URL(process.argv[2] ?? ''), { env: process.env, limits }));
} catch (error) {
  console.log(`error: ${error instanceof Error ? error.message : error}`);
}
