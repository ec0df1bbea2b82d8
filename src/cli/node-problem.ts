/** Why this Node is not enough; undefined where it is. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return undefined;
  return `Telltale needs Node 22.15 or newer, and this is ${version}.`;
}
