import type { Document, Place } from '../document/document.ts';
import type { Finding, Findings, GivenReference } from './findings.ts';

/** Where a document says something. */
export interface Reference extends Place {
  /** The document's own words, cut to at most 160 characters. */
  readonly quote: string;
}

/** One point of a report, with the places that it stands on. */
export interface ReportPoint {
  readonly text: string;
  /** In the order of the document; empty where the model named none that exists. */
  readonly references: readonly Reference[];
}

export interface ReferenceCounts {
  /** References to blocks that the model was not shown: left out. */
  readonly dropped: number;
  /** Quotes that do not stand in their block: the beginning of the block is quoted in their place. */
  readonly requoted: number;
}

export interface ResolvedFindings {
  /** Only with references that are there, and with the document's own words. */
  readonly findings: Findings;
  readonly counts: ReferenceCounts;
}

const longestQuote = 160;

/**
 * Holds what a model refers to against the document: what it was not shown it cannot have read, and what does not stand
 * there word for word is no quote.
 *
 * @param shown the numbers of the blocks that it may refer to
 */
export function resolveReferences(
  findings: Findings,
  document: Document,
  shown: ReadonlySet<number>,
): ResolvedFindings {
  let dropped = 0;
  let requoted = 0;

  const resolve = (given: GivenReference): GivenReference | undefined => {
    const block = shown.has(given.block) ? document.blocks[given.block - 1] : undefined;
    if (!block) {
      dropped += 1;
      return undefined;
    }
    const found = findQuote(given.quote, block.text);
    if (found === undefined) requoted += 1;
    return { block: given.block, quote: found ?? shorten(squeeze(block.text)) };
  };
  const resolvePoint = ({ text, references }: Finding): Finding => {
    const kept = new Map<string, GivenReference>();
    for (const given of references) {
      const reference = resolve(given);
      // The same words of the same block are one reference.
      if (reference) kept.set(`${reference.block} ${reference.quote}`, reference);
    }
    return { text, references: [...kept.values()].sort((one, other) => one.block - other.block) };
  };

  return {
    findings: {
      summary: findings.summary,
      keyPoints: findings.keyPoints.map(resolvePoint),
      recommendations: findings.recommendations.map(resolvePoint),
    },
    counts: { dropped, requoted },
  };
}

/** What a report shows of a resolved finding. */
export function toReportPoint({ text, references }: Finding, document: Document): ReportPoint {
  return {
    text,
    references: references.flatMap(({ block, quote }) => {
      const place = document.blocks[block - 1]?.place;
      return place ? [{ ...place, quote }] : [];
    }),
  };
}

/** The blocks that findings refer to. */
export function blocksOf({ keyPoints, recommendations }: Findings): ReadonlySet<number> {
  return new Set(
    [...keyPoints, ...recommendations].flatMap(({ references }) => references.map(({ block }) => block)),
  );
}

/** The words as they stand in `text`, whatever the blanks, the case and the quotation marks; undefined where they do not. */
function findQuote(quote: string, text: string): string | undefined {
  const wanted = plainWords(
    squeeze(quote)
      .replace(/^["'“”‘’«»]+|["'“”‘’«»]+$|(?:…|\.\.\.)$/gu, '')
      .trim(),
  );
  // One or two letters stand everywhere.
  if (wanted.length < 3) return undefined;
  const squeezed = squeeze(text);
  const at = plainWords(squeezed).indexOf(wanted);
  return at < 0 ? undefined : shorten(squeezed.slice(at, at + wanted.length));
}

function squeeze(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/** Of the same length as what it is given, so that a place in one is a place in the other. */
function plainWords(text: string): string {
  const lower = [...text].map((character) => {
    const small = character.toLowerCase();
    return small.length === character.length ? small : character;
  });
  return lower
    .join('')
    .replace(/[“”„«»]/gu, '"')
    .replace(/[‘’‚]/gu, "'")
    .replace(/[–—‑]/gu, '-');
}

function shorten(text: string): string {
  if (text.length <= longestQuote) return text;
  const characters = [...text.slice(0, longestQuote + 1)].slice(0, longestQuote - 1);
  const cut = characters.join('');
  const lastBlank = cut.lastIndexOf(' ');
  return `${(lastBlank > longestQuote / 2 ? cut.slice(0, lastBlank) : cut).trimEnd()}…`;
}
