import type { Clock } from '../../clock.ts';

/** A name that nobody else draws: of 96 bits. */
export function drawName({ random }: Clock): string {
  const part = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return `${part()}${part()}${part()}`;
}
