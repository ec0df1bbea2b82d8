import type { Body } from '../../answer.ts';
import { wordAt } from '../../words.ts';
import { textFor } from './pattern.ts';
import { UnmakeableSchema } from './schema.ts';

/** What is longer would hold up everybody else's requests. */
const MOST_CHARACTERS = 100_000;

/** More than enough where chance can meet the bounds at all. */
const TRIES = 200;

/** A text for a schema of type `string`. */
export function makeText(schema: Body, draw: () => number): string {
  const { pattern, format, minLength, maxLength } = schema;
  const [least, most] = [bound(minLength, 0), bound(maxLength, Number.POSITIVE_INFINITY)];
  if (least > MOST_CHARACTERS) {
    throw new UnmakeableSchema(`the mock writes at most ${MOST_CHARACTERS} characters in a text`);
  }
  const expression = typeof pattern === 'string' ? compiled(pattern) : undefined;
  const make = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (!make && typeof pattern !== 'string') return words(draw, least, most);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    // Longer and longer, so that what must be long will be.
    const text = make ? make(draw) : textFor(String(pattern), draw, 3 + attempt);
    const length = [...text].length;
    if (length >= least && length <= most && (!expression || expression.test(text))) return text;
  }
  throw new UnmakeableSchema(
    `no text was found for ${JSON.stringify({ pattern, format, minLength, maxLength })}`,
  );
}

function bound(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    throw new UnmakeableSchema(`the pattern '${pattern}' is no regular expression`);
  }
}

function words(draw: () => number, least: number, most: number): string {
  if (least > most) throw new UnmakeableSchema('its `minLength` is above its `maxLength`');
  const count = 1 + Math.floor(draw() * 3);
  let text = Array.from({ length: count }, () => word(draw)).join(' ');
  while (text.length < least) text += ` ${word(draw)}`;
  return text.slice(0, Math.min(text.length, Math.max(least, most)));
}

function word(draw: () => number): string {
  return wordAt(Math.floor(draw() * 1_000));
}

function digits(draw: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(draw() * 10)).join('');
}

function between(draw: () => number, least: number, most: number): number {
  return least + Math.floor(draw() * (most - least + 1));
}

function hexadecimal(draw: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(draw() * 16).toString(16)).join('');
}

const two = (value: number) => String(value).padStart(2, '0');

function date(draw: () => number): string {
  return `${between(draw, 2000, 2039)}-${two(between(draw, 1, 12))}-${two(between(draw, 1, 28))}`;
}

function time(draw: () => number): string {
  return `${two(between(draw, 0, 23))}:${two(between(draw, 0, 59))}:${two(between(draw, 0, 59))}Z`;
}

function hostname(draw: () => number): string {
  return `${word(draw)}.example.com`;
}

function uuid(draw: () => number): string {
  const digit = (length: number) => hexadecimal(draw, length);
  return `${digit(8)}-${digit(4)}-4${digit(3)}-a${digit(3)}-${digit(12)}`;
}

/** The formats that OpenAI's structured outputs know, and those that are written alike. Another is any text. */
const formats: Readonly<Record<string, (draw: () => number) => string>> = {
  date,
  time,
  'date-time': (draw) => `${date(draw)}T${time(draw)}`,
  duration: (draw) => `P${between(draw, 1, 30)}DT${between(draw, 1, 23)}H`,
  email: (draw) => `${word(draw)}@${hostname(draw)}`,
  'idn-email': (draw) => `${word(draw)}@${hostname(draw)}`,
  hostname,
  'idn-hostname': hostname,
  ipv4: (draw) => Array.from({ length: 4 }, () => between(draw, 1, 254)).join('.'),
  ipv6: (draw) => Array.from({ length: 8 }, () => `1${hexadecimal(draw, 3)}`).join(':'),
  uuid,
  uri: (draw) => `https://${hostname(draw)}/${word(draw)}`,
  url: (draw) => `https://${hostname(draw)}/${word(draw)}`,
  iri: (draw) => `https://${hostname(draw)}/${word(draw)}`,
  'uri-reference': (draw) => `/${word(draw)}/${digits(draw, 3)}`,
  'json-pointer': (draw) => `/${word(draw)}/${between(draw, 0, 9)}`,
  regex: (draw) => `^${word(draw)}$`,
};
