import { createHash } from 'node:crypto';

/** 24 hexadecimal digits that tell any JSON from any other. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}
