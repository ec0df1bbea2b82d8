import type { Clock } from '../../clock.ts';
import { makeDataDirectory } from '../store/file/data-directory.ts';
import { fileRecords } from '../store/file/file-records.ts';
import type { RecordStore } from '../store/record-store.ts';

/** JSON files where `telltale chat` keeps its sessions too, in the folder that the process works in. */
export function defaultStore(clock: Clock): RecordStore {
  makeDataDirectory('.telltale');
  return fileRecords('.telltale/conversations', { clock });
}
