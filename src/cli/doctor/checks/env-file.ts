import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';

/** Whether the file of variables can be read, and says what it seems to say. Values are never shown. */
export const envFileCheck: Check = { name: '.env', run: envFileFindings };

function envFileFindings({ envFile, cwd, processEnv }: DoctorContext): readonly Finding[] {
  const shown = envFile ?? '.env';
  let bytes: Buffer;
  try {
    bytes = readFileSync(envFile ?? `${cwd}/.env`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT' && envFile === undefined) return [skipped('there is none, and none is needed')];
    return [
      problem(
        `${shown} cannot be read (${code}).`,
        code === 'ENOENT' ? 'Correct --env.' : 'Let your user read it, and look whether it is a file.',
      ),
    ];
  }
  if (bytes.includes(0) || (bytes[0] === 0xff && bytes[1] === 0xfe))
    return [
      problem(
        `${shown} is not a text in UTF-8, so nothing in it is found.`,
        'Save it as UTF-8 (PowerShell writes UTF-16 with `>`: use Out-File -Encoding utf8NoBOM).',
      ),
    ];
  if (bytes[0] === 0xef && bytes[1] === 0xbb)
    return [
      problem(
        `${shown} begins with a byte-order mark, which hides its first variable.`,
        'Save it as UTF-8 without one.',
      ),
    ];
  const names = Object.keys(parseEnv(bytes.toString('utf8')));
  const hidden = names.filter((name) => known.test(name) && (processEnv[name] ?? '') !== '');
  if (hidden.length > 0)
    return [
      warning(
        `${hidden.join(', ')} of ${shown} ${hidden.length === 1 ? 'is' : 'are'} not used: the environment has ${hidden.length === 1 ? 'it' : 'them'} too, and wins.`,
        'Unset them in the shell where the file is to hold.',
      ),
    ];
  return [ok(`${shown} has ${names.length} variable${names.length === 1 ? '' : 's'}`)];
}

const known = /^(OPENAI|OTEL|TELLTALE|REDIS)_\w+$/;
