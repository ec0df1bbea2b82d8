import type { ErrorFields } from '../attempt/classify.ts';
import type { Clock } from '../clock.ts';
import { asObject } from '../json.ts';

const mostBytes = 16 * 1_024;
const mostMs = 1_000;

/**
 * The error object in the body of a bad answer, which stays there for the client to read. Undefined where it is too long, does
 * not come, or is none.
 */
export async function readErrorBody(response: Response, clock: Clock): Promise<ErrorFields | undefined> {
  if (!response.body || response.bodyUsed) return undefined;
  const reader = response.clone().body?.getReader();
  if (!reader) return undefined;
  const stop = (): void => {
    // It resolves only when the client lets go of the other copy, so nobody can wait for it.
    reader.cancel().catch(() => {});
  };
  let isLate = false;
  const cancelTimer = clock.schedule(
    () => {
      isLate = true;
      stop();
    },
    mostMs,
    'work',
  );
  try {
    const pieces: Uint8Array[] = [];
    for (let bytes = 0; bytes <= mostBytes; ) {
      const { value, done } = await reader.read();
      if (done) return isLate ? undefined : errorIn(Buffer.concat(pieces).toString('utf8'));
      pieces.push(value);
      bytes += value.byteLength;
    }
    stop();
    return undefined;
  } catch {
    return undefined;
  } finally {
    cancelTimer();
  }
}

function errorIn(text: string): ErrorFields | undefined {
  try {
    return asObject(asObject(JSON.parse(text))?.['error']);
  } catch {
    return undefined;
  }
}
