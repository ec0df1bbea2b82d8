/**
 * Names each call of a run. The id is a W3C trace id too, so the three books and every trace viewer find a call by
 * the same 32 digits; it depends on nothing but seed, scenario and iteration, so the same seed names the same calls.
 */

/** Murmur3's finaliser: a bijection of the 32-bit numbers. */
function scatter(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function hash(seed: number, text: string): number {
  let bits = scatter(seed);
  for (let index = 0; index < text.length; index++) bits = scatter(bits ^ text.charCodeAt(index));
  return bits;
}

/** A number from 0 up to 1, the same for the same seed and text. */
export function seededPart(seed: number, text: string): number {
  return hash(seed, text) / 2 ** 32;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/**
 * 32 hexadecimal digits. Two iterations of one scenario never share an id: the third word is a bijection of the
 * iteration's number.
 */
export function callIdOf(seed: number, scenario: string, iteration: number): string {
  const first = hash(seed, `${scenario} 1`);
  const second = hash(seed, `${scenario} 2`);
  return hex(first) + hex(second) + hex(scatter(iteration ^ first)) + hex(scatter(iteration ^ second));
}

/** The id of the span that stands for k6 in the call's trace: 16 hexadecimal digits. */
export function parentSpanIdOf(callId: string): string {
  return callId.slice(16);
}

/** The W3C header that puts the gateway under k6's span, and asks for it to be sampled. */
export function traceparentOf(callId: string): string {
  return `00-${callId}-${parentSpanIdOf(callId)}-01`;
}
