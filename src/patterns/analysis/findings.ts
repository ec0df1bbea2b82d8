import { asArray, asObject, type JsonObject } from '../../json.ts';

/** What a model is asked for, of a part of a document and of the whole. */
export interface Findings {
  readonly summary: string;
  readonly keyPoints: readonly Finding[];
  readonly recommendations: readonly Finding[];
}

export interface Finding {
  readonly text: string;
  readonly references: readonly GivenReference[];
}

/** As a model gave it: whether there is such a block, and such words in it, is another question. */
export interface GivenReference {
  readonly block: number;
  readonly quote: string;
}

/** Strict structured outputs demand every property, and no others. */
function strictObject(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

const findingsOf = (description: string): JsonObject => ({
  type: 'array',
  description,
  items: strictObject({
    text: { type: 'string', description: 'One or two sentences.' },
    references: {
      type: 'array',
      description: 'Where the document says so.',
      items: strictObject({
        block: { type: 'integer', description: 'The number in the mark [b…] before the block.' },
        quote: { type: 'string', description: 'Up to 20 words of the block, word for word.' },
      }),
    },
  }),
});

/** What an answer must keep to, as `text.format` takes it. */
export const findingsSchema: JsonObject = strictObject({
  summary: { type: 'string', description: 'What the text says, in up to 200 words.' },
  key_points: findingsOf('What matters most, the weightiest first: up to 12.'),
  recommendations: findingsOf('What should be done because of it, the most urgent first: up to 8.'),
});

export type CheckedFindings =
  | { readonly findings: Findings }
  /** Each with its place, as `key_points[2].references[0].block is no whole number`. */
  | { readonly problems: readonly string[] };

/** More are not told: the first ones tell what is wrong. */
const mostProblems = 8;

/** Holds an answer's text to exactly the schema above, and to what a schema cannot say: that no text is blank. */
export function checkFindings(text: string): CheckedFindings {
  const problems: string[] = [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [`the answer is no JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const findings = readFindings(value, (problem) => problems.push(problem));
  return problems.length === 0 ? { findings } : { problems: problems.slice(0, mostProblems) };
}

type Tell = (problem: string) => void;

function readFindings(value: unknown, tell: Tell): Findings {
  const fields = readObject(value, 'the answer', ['summary', 'key_points', 'recommendations'], tell);
  return {
    summary: readText(fields['summary'], 'summary', tell),
    keyPoints: readList(fields['key_points'], 'key_points', readFinding, tell),
    recommendations: readList(fields['recommendations'], 'recommendations', readFinding, tell),
  };
}

function readFinding(value: unknown, path: string, tell: Tell): Finding {
  const fields = readObject(value, path, ['text', 'references'], tell);
  return {
    text: readText(fields['text'], `${path}.text`, tell),
    references: readList(fields['references'], `${path}.references`, readReference, tell),
  };
}

function readReference(value: unknown, path: string, tell: Tell): GivenReference {
  const { block, quote } = readObject(value, path, ['block', 'quote'], tell);
  if (!Number.isInteger(block)) tell(`${path}.block is no whole number`);
  if (typeof quote !== 'string') tell(`${path}.quote is no text`);
  return { block: Number(block), quote: String(quote) };
}

function readObject(value: unknown, path: string, names: readonly string[], tell: Tell): JsonObject {
  const fields = asObject(value);
  if (!fields) {
    tell(`${path} is no object`);
    return {};
  }
  for (const name of names) if (!Object.hasOwn(fields, name)) tell(`${path} lacks ${name}`);
  for (const name of Object.keys(fields)) {
    // A name is the model's, and may be of any length.
    if (!names.includes(name))
      tell(`${path} has ${JSON.stringify(name.slice(0, 40))}, which is not asked for`);
  }
  return fields;
}

function readList<T>(
  value: unknown,
  path: string,
  readItem: (item: unknown, path: string, tell: Tell) => T,
  tell: Tell,
): readonly T[] {
  if (value !== undefined && !Array.isArray(value)) tell(`${path} is no list`);
  return asArray(value).map((item, at) => readItem(item, `${path}[${at}]`, tell));
}

function readText(value: unknown, path: string, tell: Tell): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  if (value !== undefined) tell(typeof value === 'string' ? `${path} is blank` : `${path} is no text`);
  return '';
}
