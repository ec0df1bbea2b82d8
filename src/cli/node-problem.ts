export interface NodeProblem {
  readonly says: string;
  readonly todo: string;
}

/** Why this Node is not enough, and what to do; undefined where it is. Older ones must be able to run this. */
export function nodeProblem(version: string): NodeProblem | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return undefined;
  return {
    says: `Telltale needs Node 22.15 or newer, and this is ${version}.`,
    todo: 'Install a newer one from https://nodejs.org, or with the tool that installed this one (nvm install 24).',
  };
}

/** What `telltale doctor --json` says where nothing else can be looked at. */
export function oldNodeJson({ says, todo }: NodeProblem): string {
  return JSON.stringify({ ok: false, checks: [{ check: 'Node', state: 'problem', says, todo }] });
}
