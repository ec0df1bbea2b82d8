import { asObject, asString } from '../../../json.ts';
import { recordDamaged, recordNewer } from '../record-faults.ts';
import type { StoredRecord } from '../record-store.ts';

const format = 1;

/** What a file holds. The id comes first, so that it can be told from the beginning of the file. */
export function envelopeOf(id: string, revision: string, json: string): string {
  return `{"format":${format},"id":${JSON.stringify(id)},"revision":${JSON.stringify(revision)},"value":${json}}\n`;
}

/**
 * @param file its path
 * @throws TelltaleError `record_damaged`, `record_newer`
 */
export function readEnvelope(bytes: Uint8Array, id: string, file: string): StoredRecord {
  if (bytes.length === 0) throw recordDamaged(id, `\`${file}\` is empty`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw recordDamaged(id, `\`${file}\` holds no JSON, or only part of it`, cause);
  }
  const fields = asObject(content);
  const written = fields?.['format'];
  if (!fields || typeof written !== 'number' || !Number.isInteger(written) || written < 1)
    throw recordDamaged(id, `\`${file}\` holds no record`);
  if (written > format) throw recordNewer(id, written, format);
  const revision = asString(fields['revision']);
  if (revision === undefined || !('value' in fields)) throw recordDamaged(id, `\`${file}\` holds no record`);
  if (fields['id'] !== id) throw recordDamaged(id, `\`${file}\` holds another record`);
  return { value: fields['value'], revision };
}

/** An id is at most 256 characters, each at most 6 bytes in JSON. */
export const mostHeadBytes = 2_048;

/** The id in the first bytes of a file, of whatever format. */
export function readHead(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes);
  const [, json] = /^\{"format":\d+,"id":("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  if (json === undefined) return undefined;
  try {
    return asString(JSON.parse(json));
  } catch {
    return undefined;
  }
}
