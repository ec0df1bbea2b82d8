// A process of its own for scratch.test.ts: holds a scratch directory until it is ended from outside.
import { withScratch } from '../../../loadtest/k6-binary/scratch.ts';

await withScratch(process.argv[2] ?? '', async (directory) => {
  console.log(directory);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
