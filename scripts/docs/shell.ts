/** A command of a block of shell, as far as it can be read without running it. */
export interface Command {
  readonly words: readonly string[];
  /** Whether it stands alone on its line: no pipe, no other command, nothing redirected. */
  readonly isAlone: boolean;
  /** Counted from the first line of the block, which is 0. */
  readonly at: number;
}

interface Token {
  readonly text: string;
  readonly isOperator: boolean;
}

/** One alternative a kind: comment, quoted text, operator, plain word. */
const pieces =
  /(?<space>\s+)|(?<comment>#.*)|(?<operator>&&|\|\||[;|&]|\d?>{1,2}|<)|(?<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\;|&<>])+)/g;

/** The commands of a block, without comments; variables before a command are left out. */
export function commandsOf(code: string): readonly Command[] {
  const commands: Command[] = [];
  const lines = code.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const begin = at;
    let line = lines[at] ?? '';
    while (line.endsWith('\\') && at + 1 < lines.length) {
      at += 1;
      line = `${line.slice(0, -1)} ${lines[at]}`;
    }
    const tokens = tokensOf(line);
    const parts = splitAt(tokens);
    for (const words of parts) {
      const first = words.findIndex((word) => !/^\w+=/.test(word));
      if (first < 0) continue;
      const isAlone = parts.length === 1 && !tokens.some(({ isOperator }) => isOperator);
      commands.push({ words: words.slice(first), isAlone, at: begin });
    }
  }
  return commands;
}

function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let mayBeComment = true;
  for (const { groups = {} } of line.matchAll(pieces)) {
    const { space, comment, operator, word } = groups;
    if (comment !== undefined && mayBeComment) break;
    if (operator !== undefined) tokens.push({ text: operator, isOperator: true });
    if (word !== undefined) tokens.push({ text: unquoted(word), isOperator: false });
    mayBeComment = space !== undefined || operator !== undefined;
  }
  return tokens;
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_all, single, double, escaped) =>
    String(single ?? double ?? escaped).replace(/\\(["\\$`])/g, '$1'),
  );
}

/** What follows a redirection is a file, and no word of the command. */
function splitAt(tokens: readonly Token[]): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [at, { text, isOperator }] of tokens.entries()) {
    if (isOperator && !/[<>]/.test(text)) commands.push([]);
    const before = tokens[at - 1];
    const isTarget = before?.isOperator === true && /[<>]/.test(before.text);
    if (!isOperator && !isTarget) commands.at(-1)?.push(text);
  }
  return commands.filter((words) => words.length > 0);
}
