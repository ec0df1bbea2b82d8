import { hash } from 'node:crypto';

const wordsPerSlot = 4;

/**
 * Finds custom ids that come twice among millions, in about 32 bytes each: it keeps 96 bits of a hash of each, and where it
 * was first. That two different ones share these bits is as good as impossible.
 */
export class SeenIds {
  #slots = new Uint32Array(1_024 * wordsPerSlot);
  #count = 0;

  /**
   * @param place from 0 to 4,294,967,294
   * @returns the place of an earlier one with the same id
   */
  add(id: string, place: number): number | undefined {
    if (this.#count * 2 * wordsPerSlot >= this.#slots.length) this.#grow();
    const digest = hash('sha256', id, 'buffer');
    const words = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)] as const;
    const at = slotOf(this.#slots, words);
    const earlier = this.#slots[at + 3] ?? 0;
    if (earlier > 0) return earlier - 1;
    this.#slots.set([...words, place + 1], at);
    this.#count += 1;
    return undefined;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += wordsPerSlot) {
      const [a = 0, b = 0, c = 0, place = 0] = this.#slots.subarray(at, at + wordsPerSlot);
      if (place > 0) larger.set([a, b, c, place], slotOf(larger, [a, b, c]));
    }
    this.#slots = larger;
  }
}

/** Where these words are, or a free slot for them. There always is one, since half of the slots are free. */
function slotOf(slots: Uint32Array, [a, b, c]: readonly [number, number, number]): number {
  const mask = slots.length / wordsPerSlot - 1;
  for (let slot = a & mask; ; slot = (slot + 1) & mask) {
    const at = slot * wordsPerSlot;
    if (slots[at + 3] === 0) return at;
    if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c) return at;
  }
}
