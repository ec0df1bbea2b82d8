/** Maps values to a fraction of an axis, 0 to 1, and chooses the values worth a label. */
export interface Scale {
  readonly position: (value: number) => number;
  readonly ticks: readonly number[];
}

/** No axis goes further: 31,000 years in milliseconds, a nanosecond at the other end. */
const LARGEST = 1e15;
const SMALLEST = 1e-6;

const clamp = (fraction: number) => Math.min(1, Math.max(0, fraction));

/** The smallest 1, 2 or 5 times a power of ten that is at least `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Also for a value that does not exist: an axis there must be. */
function axisEnd(max: number): number {
  return max >= SMALLEST ? Math.min(max, LARGEST) : 1;
}

function multiples(step: number, upTo: number): number[] {
  return Array.from({ length: Math.floor(upTo / step + 1e-9) + 1 }, (_, index) => index * step);
}

/** From 0 to a round value at or above `max`; `max` 0 still gives an axis, of height 1. */
export function countScale(max: number, intervals = 4): Scale {
  const highest = axisEnd(max);
  const step = Math.max(1, roundUp(highest / intervals));
  const top = Math.max(1, Math.ceil(highest / step - 1e-9)) * step;
  return { position: (value) => clamp(value / top), ticks: multiples(step, top) };
}

/** From 0 to exactly `max`, for a time axis that ends where the data ends. */
export function linearScale(max: number, intervals: number): Scale {
  const top = axisEnd(max);
  return { position: (value) => clamp(value / top), ticks: multiples(roundUp(top / intervals), top) };
}

/**
 * Logarithmic, because a storm's latencies are twenty times those of calm and both have to be readable. Spans the
 * positive values between round bounds; without any there is no scale.
 */
export function logScale(values: readonly number[], maxTicks: number): Scale | undefined {
  const positive = values.filter((value) => value >= SMALLEST && value <= LARGEST);
  if (positive.length === 0) return undefined;
  const high = positive.reduce((a, b) => Math.max(a, b), 0);
  // Six decades are enough to see; a stray microsecond must not squeeze the rest.
  const low = Math.max(
    positive.reduce((a, b) => Math.min(a, b), high),
    high / 1e6,
  );
  const bottomPower = Math.floor(Math.log10(low));
  const candidates: number[] = [];
  for (let power = bottomPower; power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 2, 5]) candidates.push(factor * 10 ** power);
  }
  const bottom = candidates.findLast((candidate) => candidate <= low) ?? low;
  const top = candidates.find((candidate) => candidate >= high && candidate > bottom) ?? bottom * 10;
  const inside = candidates.filter((candidate) => candidate >= bottom && candidate <= top);
  const ticks = inside.length <= maxTicks ? inside : inside.filter((candidate) => isPowerOfTen(candidate));
  const width = Math.log(top / bottom);
  return { position: (value) => (value > 0 ? clamp(Math.log(value / bottom) / width) : 0), ticks };
}

function isPowerOfTen(value: number): boolean {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9;
}

const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400];

/** A step of whole seconds that cuts `durationMs` into at most `intervals`, a multiple of `baseMs`. */
export function timeStepMs(durationMs: number, intervals: number, baseMs = 1000): number {
  const fits = (stepMs: number) => stepMs % baseMs === 0 && durationMs / stepMs <= intervals;
  const known = TIME_STEPS_S.map((seconds) => seconds * 1000).find(fits);
  return known ?? Math.max(1, Math.ceil(durationMs / intervals / baseMs)) * baseMs;
}
