import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';
import { isOfficial } from '../provider-url.ts';

/** Whether there is a key, and whether it has the shape of one. Neither it nor a part of it is ever said. */
export const keyCheck: Check = { name: 'API key', run: keyFindings };

function keyFindings({ env, processEnv }: DoctorContext): readonly Finding[] {
  const key = env['OPENAI_API_KEY'];
  if (key === undefined || key.trim() === '') {
    if ((env['AZURE_OPENAI_API_KEY'] ?? '').trim() !== '')
      return [
        warning(
          'OPENAI_API_KEY is not set; AZURE_OPENAI_API_KEY is, which `AzureOpenAI` takes.',
          'Nothing is to be done for an application that uses AzureOpenAI; the commands want OPENAI_API_KEY, or --mock.',
        ),
      ];
    return [
      problem(
        'OPENAI_API_KEY is not set.',
        'Set it, or put it into a file .env; without one, the commands work with --mock.',
      ),
    ];
  }
  const isFromProcess = (processEnv['OPENAI_API_KEY'] ?? '') !== '';
  const from = isFromProcess ? 'the environment' : 'the file';
  const faults = shapes.filter(({ isIn }) => isIn(key));
  if (faults.length === 0) {
    if (isOfficial(env['OPENAI_BASE_URL']) && !key.startsWith('sk-'))
      return [
        warning(
          `OPENAI_API_KEY (of ${from}) does not look like a key of OpenAI.`,
          'Copy it again from https://platform.openai.com/api-keys, or set OPENAI_BASE_URL to the provider that it is for.',
        ),
      ];
    return [ok(`OPENAI_API_KEY is set, in ${from}`)];
  }
  return faults.map(({ says, todo }) => problem(`OPENAI_API_KEY (of ${from}) ${says}.`, todo));
}

const again = 'Set it again without that; a key has no such character.';

const shapes: readonly {
  readonly isIn: (key: string) => boolean;
  readonly says: string;
  readonly todo: string;
}[] = [
  { isIn: (key) => /[\r\n]/.test(key), says: 'has a line break in it', todo: again },
  {
    isIn: (key) => /^["'`\u2018-\u201f]|["'`\u2018-\u201f]$/.test(key.trim()),
    says: 'has quotes around it',
    todo: 'Set it without them: the shell, or the file, did not take them for its own.',
  },
  {
    isIn: (key) => /^bearer\s/i.test(key.trim()),
    says: 'begins with the word Bearer',
    todo: 'Leave that word out: the client adds it.',
  },
  {
    isIn: (key) =>
      /[^\S\r\n]/.test(key.trim().replace(/^bearer\s+/i, '')) || /^[^\S\r\n]|[^\S\r\n]$/.test(key),
    says: 'has blanks in it or around it',
    todo: again,
  },
  {
    isIn: (key) => /[^\t\n\r\x20-\x7e\u2018-\u201f]/.test(key.trim()),
    says: 'has a character in it that no header may hold',
    todo: again,
  },
  {
    isIn: (key) =>
      /your[-_ ]?(api|open|key)|^<.*>$|^\$\{?\w+\}?$|^sk-(\.{3}|x{3,}|\*{3})|^(changeme|todo|xxx+)$/i.test(
        key.trim(),
      ),
    says: 'is a placeholder',
    todo: 'Put a key there: https://platform.openai.com/api-keys.',
  },
];
