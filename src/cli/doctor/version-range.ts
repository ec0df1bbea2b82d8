type Version = readonly [major: number, minor: number, patch: number];

/** The numbers of `1.2.3`, of `v1.2`, of `1.2.3-beta`; undefined for what is no version. */
export function versionOf(text: string): Version | undefined {
  const [, major, minor = '0', patch = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text.trim()) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Below zero where `one` is older. */
export function compareVersions(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

/**
 * Whether a version is in a range of a manifest: `1.2.3`, `^1.2.3`, `>=5 <7`, and several of them with `||` between, which
 * are those that this project and OpenTelemetry use.
 */
export function isInRange(text: string, range: string): boolean {
  const version = versionOf(text);
  if (version === undefined) return false;
  return range.split('||').some((part) =>
    part
      .trim()
      .split(/\s+/)
      .every((comparator) => fits(version, comparator)),
  );
}

function fits(version: Version, comparator: string): boolean {
  const [, sign = '', text = ''] = /^(\^|>=|<=|>|<|=)?(.*)$/.exec(comparator) ?? [];
  const bound = versionOf(text);
  // `*`, and the empty range.
  if (bound === undefined) return true;
  const order = compareVersions(version, bound);
  if (sign === '>=') return order >= 0;
  if (sign === '<=') return order <= 0;
  if (sign === '>') return order > 0;
  if (sign === '<') return order < 0;
  if (sign !== '^') return order === 0;
  // A caret holds the first number that is not 0.
  return order >= 0 && version[0] === bound[0] && (bound[0] > 0 || version[1] === bound[1]);
}
