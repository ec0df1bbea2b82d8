/**
 * Which results are put together by one call: consecutive ones, as many as there is room for, and at least two, so that every
 * round leaves fewer. One that is left over stands alone, and goes into the next round as it is.
 *
 * @param tokens how large each result is, in order
 * @param room tokens that one call has for them
 * @returns places in `tokens`
 */
export function groupResults(tokens: readonly number[], room: number): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let used = 0;
  tokens.forEach((size, at) => {
    const group = groups.at(-1);
    if (group && (group.length < 2 || used + size <= room)) {
      group.push(at);
      used += size;
    } else {
      groups.push([at]);
      used = size;
    }
  });
  return groups;
}

/** What the calls that put results together read, round by round, if every result has the size `resultTokens`. */
export function planReductions(results: number, resultTokens: number, room: number): readonly number[] {
  const calls: number[] = [];
  let left = results;
  while (left > 1) {
    const groups = groupResults(
      Array.from({ length: left }, () => resultTokens),
      room,
    );
    for (const { length } of groups) if (length > 1) calls.push(length * resultTokens);
    left = groups.length;
  }
  return calls;
}
