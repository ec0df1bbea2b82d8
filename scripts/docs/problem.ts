/** What is wrong with the documentation, and where. */
export interface Problem {
  /** From the root, with `/` on every system. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly says: string;
}

export function told({ file, line, says }: Problem): string {
  return `${file}:${line}: ${says}`;
}
