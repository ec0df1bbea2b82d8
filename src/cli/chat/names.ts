/** A name that no session has: the day, and a number from the second of the day on. */
export function newName(day: string, known: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? day : `${day}-${count}`;
    if (!known.includes(name)) return name;
  }
}
