import { describe, expect, test } from 'vitest';
import { parseScheduleText } from '../../src/mock/chaos/schedule-file.ts';

const good = `
says: a storm
loop: true
scale: 0.5
limits:
  - { requests: 5, per: minute }
law: window
phases:
  - name: calm
    forMs: 1000
  - name: storm
    fromMs: 2000
    forMs: 500
    faults:
      - status: 429
        rate: 0.5
        retryAfterMs: 1000
`;

describe('the file of a schedule', () => {
  test('gives the options of a start', async () => {
    expect(await parseScheduleText(good, 'storm.yaml')).toEqual({
      says: 'a storm',
      options: {
        loop: true,
        scale: 0.5,
        limits: [{ requests: 5, per: 'minute' }],
        law: 'window',
        schedule: [
          { name: 'calm', forMs: 1_000 },
          {
            name: 'storm',
            fromMs: 2_000,
            forMs: 500,
            faults: [{ status: 429, rate: 0.5, retryAfterMs: 1_000 }],
          },
        ],
      },
    });
  });

  test('may be a list of phases alone, as JSON or YAML, and says then nothing else', async () => {
    const expected = { says: '', options: { schedule: [{ forMs: 5 }] } };
    expect(await parseScheduleText('[{"forMs":5}]', 'a.json')).toEqual(expected);
    expect(await parseScheduleText('- forMs: 5', 'a.yml')).toEqual(expected);
  });

  test.each([
    [
      'a.yaml',
      good.replace('rate: 0.5', 'rate: 3'),
      'a.yaml:16:9: Expected `phases[1].faults[0].rate` to be a number from 0 to 1, got `3` (number)',
    ],
    [
      'a.yaml',
      good.replace('retryAfterMs', 'retryAftreMs'),
      'a.yaml:17:9: Unknown option `phases[1].faults[0].retryAftreMs`. Did you mean `retryAfterMs`?',
    ],
    [
      'a.yaml',
      good.replace('    forMs: 500\n', ''),
      'a.yaml:11:5: Expected `phases[1].forMs` to be a number of at least 0, got `undefined` (undefined)',
    ],
    [
      'a.yaml',
      good.replace('fromMs: 2000', 'fromMs: 900'),
      "a.yaml:12:5: Expected phases not to overlap, but `phases[0]` 'calm' (0 ms to 1000 ms) and `phases[1]` 'storm' (900 ms to 1400 ms) do",
    ],
    ['a.yaml', good.replace('status: 429', 'kind: hagn'), "Did you mean 'hang'?"],
    [
      'a.yaml',
      good.replace('- { requests: 5,', '- { requests: -5,'),
      'a.yaml:6:7: Expected `limits[0].requests`',
    ],
    [
      'a.yaml',
      good.replace('loop: true', 'loop: often'),
      'a.yaml:3:1: Expected `loop` to be true or false, got `"often"` (string)',
    ],
    [
      'a.yaml',
      good.replace('scale: 0.5', 'scale: 0'),
      'a.yaml:4:1: Expected `scale` to be more than 0 and at most 1000000',
    ],
    [
      'a.yaml',
      good.replace('phases', 'phase'),
      'a.yaml:8:1: Unknown option `schedule.phase`. Did you mean `phases`?',
    ],
    ['a.yaml', 'says: nothing\n', 'Expected `phases` to be an array of phases, got `undefined`'],
    ['a.yaml', '', 'a.yaml: Expected `schedule` to be an object, got `null` (null)'],
    ['a.yaml', 'phases:\n  - forMs: 5\n    forMs: 6\n', 'a.yaml:3:5: Map keys must be unique'],
    ['a.yaml', 'phases:\n\t- forMs: 5\n', 'a.yaml:2:1: '],
    ['a.yaml', 'phases: *gone\n', 'a.yaml: Unresolved alias'],
    ['a.yaml', 'phases: []\n---\nphases: []\n', 'a.yaml:'],
    [
      'a.yaml',
      '- forMs: 5\n- forMs: soon\n',
      'a.yaml:2:3: Expected `phases[1].forMs` to be a number of at least 0, got `"soon"` (string)',
    ],
    ['a.json', '{\n  "phases": [{ "forMs": -1 }]\n}', 'a.json:2:16: Expected `phases[0].forMs`'],
    ['a.json', '{"phases": [}', 'a.json is not JSON: '],
  ])('%s that is wrong is refused with its place: %j', async (name, text, message) => {
    const error = await parseScheduleText(text, name).catch((e) => e);
    expect(error).toMatchObject({ name: 'TelltaleError', code: 'invalid_option' });
    expect(error.message).toContain(message);
    expect(error.message.split('\n')).toHaveLength(1);
  });

  test('cannot fill the memory with aliases', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++) {
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    await expect(parseScheduleText(lines.join('\n'), 'a.yaml')).rejects.toMatchObject({
      code: 'invalid_option',
    });
  });
});
