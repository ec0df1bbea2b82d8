import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const mock = new URL('../../src/mock/index.ts', import.meta.url);

/** In a process in which the parser of YAML is not to be had. */
const program = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'yaml') throw new Error('yaml was asked for');
    return next(specifier, context);
  },
});
const { readAnswers, startMock } = await import(${JSON.stringify(mock.href)});
const running = await startMock({ answers: [{ answer: 'Ahoy' }] });
const answer = await fetch(running.url + '/responses', {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer any' },
  body: JSON.stringify({ model: 'gpt-5-mini', input: 'Hello' }),
});
const said = (await answer.json()).output.flatMap(({ content = [] }) => content)[0]?.text;
await running.close();
const file = await readAnswers('answers.json').catch((error) => error.message);
console.log(JSON.stringify({ said, file }));
`;

test('the mock needs no parser of YAML until a file is read', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(JSON.parse(stdout)).toEqual({
    said: 'Ahoy',
    file: 'Cannot read the answers in answers.json: yaml was asked for',
  });
});
