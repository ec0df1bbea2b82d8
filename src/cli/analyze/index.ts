import path from 'node:path';
import { systemClock } from '../../clock.ts';
import { backgroundJobs, fileRecords, memoryRecords } from '../../patterns/index.ts';
import { parseCommand } from '../shared/common-options.ts';
import { onInterrupt } from '../shared/interrupt.ts';
import { openSession } from '../shared/session.ts';
import { analyzeFiles } from './analyze-files.ts';
import { flags, help, readSettings } from './settings.ts';

/** Analyses documents from the command line. */
export async function analyze(args: readonly string[]): Promise<number> {
  const parsed = parseCommand(args, flags);
  if (!parsed) {
    process.stdout.write(help);
    return 0;
  }
  const { common, own, files } = parsed;
  const settings = readSettings(own, files, common);
  const session = await openSession(common);
  const interrupt = onInterrupt();
  const store = fileRecords(path.join(session.dataDirectory, 'analyses'));
  // The mock is gone with this process, and its jobs are; they are done sooner than any of a provider's.
  const kept = session.isMock ? { store: memoryRecords(), delaysMs: [250, 500, 1_000] } : { store };
  const jobs = backgroundJobs({ client: session.openai, ...kept });
  try {
    return await analyzeFiles({
      settings,
      session,
      store,
      jobs,
      clock: systemClock,
      isJson: common.json,
      interrupt,
    });
  } finally {
    interrupt.end();
    await jobs.close();
    await session.close();
  }
}
