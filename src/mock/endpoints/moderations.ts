import type { Answer, Body } from '../answer.ts';
import { refuse, wrongType } from '../error-bodies.ts';
import { optional, presenceProblem, recordOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal, uniform } from '../seeded.ts';
import { json } from './answers.ts';

export const moderationRoutes: readonly Route[] = [
  { endpoint: 'moderations', method: 'POST', path: '/moderations', answer: moderate },
];

/** Each category, and whether pictures are judged by it too. */
const categories: Readonly<Record<string, boolean>> = {
  harassment: false,
  'harassment/threatening': false,
  sexual: true,
  hate: false,
  'hate/threatening': false,
  illicit: false,
  'illicit/violent': false,
  'self-harm/intent': true,
  'self-harm/instructions': true,
  'self-harm': true,
  'sexual/minors': false,
  violence: true,
  'violence/graphic': true,
};

/** What is judged together: one text, or all parts of a multimodal input. */
interface Item {
  readonly texts: readonly string[];
  readonly pictures: readonly string[];
}

const MOST_INPUTS = 2_048;
const MOST_PICTURES = 1;

/** `POST /moderations`. What is flagged is what says so: `flag:violence`, in a text or in the URL of a picture. */
function moderate({ body, ask }: ApiRequest): Answer {
  const absent = presenceProblem(body, 'input');
  if (absent) return absent;
  const { input } = body;
  const items = itemsOf(input);
  if (!items) return wrongType('input', 'a string, an array of strings or an array of inputs', input);
  if (items.length > MOST_INPUTS)
    return refuse(400, `'$.input' is too long. Maximum length is ${MOST_INPUTS}.`, 'input');
  if (items.length === 0) return refuse(400, "Invalid 'input': empty array.", 'input', 'empty_array');
  const pictures = Math.max(...items.map((item) => item.pictures.length));
  if (pictures > MOST_PICTURES)
    return refuse(
      400,
      `Number of images (${pictures}) exceeds maximum of ${MOST_PICTURES}`,
      'input',
      'too_many_images',
    );
  const model = optional(body, 'model') ?? 'omni-moderation-latest';
  if (typeof model !== 'string') return wrongType('model', 'a string', model);
  return json({
    id: `modr-${hexadecimal(ask.seed, `moderation ${ask.attempt} ${ask.callId}`, 32)}`,
    model,
    results: items.map((item) => judge(item, ask.seed)),
  });
}

function itemsOf(input: unknown): readonly Item[] | undefined {
  if (typeof input === 'string') return [{ texts: [input], pictures: [] }];
  if (!Array.isArray(input)) return undefined;
  if (input.every((item) => typeof item === 'string'))
    return input.map((text) => ({ texts: [text], pictures: [] }));
  const parts = input.map(recordOf);
  const texts = parts.flatMap((part) => (typeof part?.['text'] === 'string' ? [part['text']] : []));
  const pictures = parts.flatMap((part) => {
    const url = pictureOf(part);
    return url === undefined ? [] : [url];
  });
  return texts.length + pictures.length === input.length ? [{ texts, pictures }] : undefined;
}

function pictureOf(part: Body | undefined): string | undefined {
  const url = recordOf(part?.['image_url'])?.['url'];
  return typeof url === 'string' ? url : undefined;
}

function judge({ texts, pictures }: Item, seed: number) {
  const flags: Record<string, boolean> = {};
  const scores: Record<string, number> = {};
  const appliedTypes: Record<string, readonly string[]> = {};
  for (const [name, judgesPictures] of Object.entries(categories)) {
    const seen = judgesPictures ? [...texts, ...pictures] : texts;
    const isFlagged = seen.some((text) => flaggedIn(text).includes(name));
    const chance = uniform(seed, `moderation ${name} ${seen.join(' ')}`);
    flags[name] = isFlagged;
    scores[name] = isFlagged ? 0.8 + chance * 0.19 : chance * 0.01;
    const ofPictures = judgesPictures && pictures.length > 0 ? ['image'] : [];
    appliedTypes[name] = texts.length > 0 ? ['text', ...ofPictures] : ofPictures;
  }
  return {
    flagged: Object.values(flags).includes(true),
    categories: flags,
    category_scores: scores,
    category_applied_input_types: appliedTypes,
  };
}

function flaggedIn(text: string): readonly string[] {
  return [...text.matchAll(/flag:([a-z-]+(?:\/[a-z]+)?)/g)].map(([, name = '']) => name);
}
