import { pause } from '../../loadtest/within.ts';

/** Waits until it is so; false when it is not within `limitMs`. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) return false;
    await pause(200);
  }
  return true;
}
