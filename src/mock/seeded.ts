/**
 * Chance that can be repeated: every draw is a pure function of the seed and of what it is for, so the same seed
 * gives the same chaos whatever the timing of the run.
 */

const TWO_TO_32 = 2 ** 32;

/** Murmur3's finaliser: a bijection under which near-equal numbers land far apart. */
function scatter(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** 32 bits of `text` under `seed`: FNV-1a, then scattered. */
export function hash32(seed: number, text: string): number {
  let bits = scatter(seed) ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  return scatter(bits);
}

/** A number in [0, 1) that depends on `seed` and `text` alone. */
export function uniform(seed: number, text: string): number {
  return hash32(seed, text) / TWO_TO_32;
}

/** An endless sequence of numbers in [0, 1) that depends on `seed` and `text` alone (the mulberry32 generator). */
export function sequence(seed: number, text: string): () => number {
  let state = hash32(seed, text);
  return function draw() {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / TWO_TO_32;
  };
}

/** `length` hexadecimal digits, a multiple of 8, that depend on `seed` and `text` alone. */
export function hexadecimal(seed: number, text: string, length: number): string {
  let digits = '';
  for (let word = 0; digits.length < length; word++) {
    digits += hash32(seed, `${text} ${word}`).toString(16).padStart(8, '0');
  }
  return digits;
}

/** Turns two numbers in [0, 1) into one of the standard normal distribution (Box and Muller). */
export function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
