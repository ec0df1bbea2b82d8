import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pdf } from '../../test/patterns/document/support/pdf-writer.ts';

/** Writes the files that snippets and commands name. */
export function writeFixtures(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const write = (name: string, data: string | Uint8Array): void =>
    writeFileSync(path.join(directory, name), data);
  const paper = pdf({
    title: 'A report',
    pages: [
      [
        { text: 'Methods', size: 18, y: 720 },
        { text: 'The wind was measured for three weeks, and it was fair.', y: 690 },
      ],
    ],
  });
  for (const name of ['report.pdf', 'contract.pdf']) write(name, paper);
  for (const name of ['report.md', 'notes.md'])
    write(name, '# Methods\n\nThe wind was measured for three weeks.\n');
  write('prompt.txt', 'Which way does the wind blow?\n');
  const body = {
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'Hello' }],
    max_completion_tokens: 500,
  };
  const requests = [1, 2].map((at) =>
    JSON.stringify({ custom_id: `r-${at}`, method: 'POST', url: '/v1/chat/completions', body }),
  );
  write('requests.jsonl', `${requests.join('\n')}\n`);
  write('answers.yaml', '- answer: The wind is fair.\n');
  const schedule = 'phases:\n  - forMs: 1000\n    faults:\n      - { status: 429, rate: 0.3 }\n';
  for (const name of ['storm.yaml', 'bad-minute.yaml']) write(name, schedule);
}
