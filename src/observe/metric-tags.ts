import type { Attributes } from '@opentelemetry/api';
import { checkString, invalidOption } from '../check.ts';
import { outsideWord } from '../outside-word.ts';

/** The tags of a call that metrics may carry. The same object for calls with the same tags, as long as these are few. */
export interface MetricTags {
  readonly key: string;
  readonly attributes: Attributes;
}

/** Each is an attribute of every series of a call. */
const mostNames = 5;
/** Further values of a tag are counted together: each is a series of its own, and a value may be a user's input. */
const mostValues = 100;
const others = '_other';
/** Values of several tags multiply: further combinations are counted together too. */
const mostCombinations = 500;

/** Throws unless it is a list of names of tags that metrics can carry. */
export function checkMetricTags(path: string, given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length > mostNames)
    throw invalidOption(path, `a list of at most ${mostNames} names of tags`, given);
  return given.map((name, at) => {
    if (/^[A-Za-z][\w.-]{0,63}$/.test(checkString(`${path}[${at}]`, name))) return name;
    throw invalidOption(
      `${path}[${at}]`,
      'a name of 1 to 64 letters, digits, `_`, `.` or `-`, with a letter in front',
      name,
    );
  });
}

/** Picks from the tags of a call those named here; undefined where it has none of them. */
export function metricTagsOf(
  names: readonly string[],
): (tags: Readonly<Record<string, string>> | undefined) => MetricTags | undefined {
  const picked = [...new Set(names)].map((name) => ({
    name,
    attribute: `telltale.tag.${name}`,
    /** Each as it is shown. */
    values: new Map<string, string>(),
  }));
  const known = new Map<string, MetricTags>();
  /** One for each set of names that calls have. */
  const rest = new Map<string, MetricTags>();
  return function pickMetricTags(tags) {
    if (tags === undefined) return undefined;
    const attributes: Attributes = {};
    for (const { name, attribute, values } of picked) {
      const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
      if (value === undefined) continue;
      if (values.size < mostValues && !values.has(value)) values.set(value, outsideWord(value));
      attributes[attribute] = values.get(value) ?? others;
    }
    const key = JSON.stringify(attributes);
    if (key === '{}') return undefined;
    const same = known.get(key);
    if (same) return same;
    if (known.size >= mostCombinations) return restOf(rest, attributes);
    const made = { key, attributes };
    known.set(key, made);
    return made;
  };
}

function restOf(rest: Map<string, MetricTags>, attributes: Attributes): MetricTags {
  const all = Object.fromEntries(Object.keys(attributes).map((name) => [name, others]));
  const key = JSON.stringify(all);
  const made = rest.get(key) ?? { key, attributes: all };
  rest.set(key, made);
  return made;
}
