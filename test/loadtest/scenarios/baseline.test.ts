import { describe, expect, it } from 'vitest';
import { thresholdsOf } from '../../../loadtest/phases.ts';
import { baseline, calm } from '../../../loadtest/scenarios/baseline.ts';
import { streams } from '../../../loadtest/scenarios/streams.ts';
import { k6Call } from '../reconcile/example-books.ts';
import { joined, judged, load, unmet } from './judged.ts';

/** 20 calls a second apart once all is warm, and slow ones before that. */
const turn = (durationMs: number, change: object = {}) =>
  joined({
    calls: Array.from({ length: 40 }, (_, index) => ({
      ...k6Call(`call-${index}`, 'ok'),
      startedMs: index * 1_000,
      durationMs: index < 15 ? durationMs + 500 : durationMs,
      ...change,
    })),
  });

describe('what the wrapper adds', () => {
  it('is the same call on either side, once both are warm', () => {
    const bare = joined({
      calls: Array.from({ length: 40 }, (_, index) => ({
        ...k6Call(`call-${index}`, 'ok'),
        startedMs: index * 1_000,
        durationMs: 100,
      })),
    });
    expect(unmet(judged(baseline, turn(110), { bare }))).toEqual([]);
    expect(unmet(judged(baseline, turn(111), { bare }))).toEqual(['added by the wrapper, median']);
  });

  it('cannot be met where no call is the same', () => {
    const bare = turn(100, { outcome: 'error' });
    expect(unmet(judged(baseline, turn(100), { bare }))).toEqual(['added by the wrapper, median']);
  });

  it('is not asked for where the bare client had no turn', () => {
    expect(judged(baseline, turn(100)).conditions).toEqual([]);
  });

  it('is said side by side', () => {
    const comparison = baseline.compare?.({ bare: turn(100), wrapped: turn(102) }, load);
    expect(comparison?.rows.at(-1)).toEqual({
      figure: 'added to the same call, median',
      bare: '',
      wrapped: '2.0 ms',
    });
  });
});

describe('the thresholds of a run in which nothing goes wrong', () => {
  it('are stated in k6 for JSON calls and first tokens', () => {
    for (const scenario of [baseline, calm]) {
      expect(thresholdsOf(scenario, load)).toMatchObject({
        'call_duration{phase:calm,settled:yes,kind:json}': ['p(95)<600'],
        'first_chunk{phase:calm,settled:yes,kind:stream}': ['p(95)<300'],
        'call_ok{phase:calm,settled:yes}': ['rate==1'],
      });
    }
  });

  it('are those of streams alone where only streams are offered', () => {
    const names = Object.keys(thresholdsOf(streams, load));
    expect(names.filter((name) => name.includes('kind:json'))).toEqual([]);
    expect(names).toContain('chunk_gap{phase:calm,settled:yes,kind:stream}');
  });
});
