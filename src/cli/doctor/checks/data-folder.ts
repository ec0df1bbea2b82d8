import { accessSync, constants, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem } from '../finding.ts';

/** Whether the commands can keep things. Nothing is left behind, and no folder made that stays. */
export const dataFolderCheck: Check = { name: 'data folder', run: dataFolderFindings };

function dataFolderFindings({ dataDirectory }: DoctorContext): readonly Finding[] {
  const todo = 'Let your user write there, or name another folder with --data or TELLTALE_DATA.';
  try {
    const existing = nearestExisting(dataDirectory);
    if (!statSync(existing).isDirectory())
      return [problem(`${existing} is a file, and a folder is needed there.`, todo)];
    accessSync(existing, constants.W_OK | constants.X_OK);
    // Asking is not enough on Windows, nor where a disk is full or mounted read-only.
    rmdirSync(mkdtempSync(path.join(existing, '.telltale-doctor-')));
    const isThere = existing === dataDirectory;
    return [
      ok(isThere ? `${dataDirectory} can be written to` : `${dataDirectory} can be made when it is needed`),
    ];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return [problem(`${dataDirectory} cannot be written to (${code}).`, todo)];
  }
}

function nearestExisting(directory: string): string {
  for (let folder = directory; ; folder = path.dirname(folder)) {
    if (statSync(folder, { throwIfNoEntry: false }) || path.dirname(folder) === folder) return folder;
  }
}
