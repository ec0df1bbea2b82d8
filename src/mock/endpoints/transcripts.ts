/** What was heard, in the forms in which it can be asked for. The mock takes each word for a third of a second. */

const WORD_SECONDS = 0.32;
const WORDS_A_SEGMENT = 8;

export interface Segment {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function segmentsOf(text: string): readonly Segment[] {
  const words = text.split(' ');
  const segments: Segment[] = [];
  for (let from = 0; from < words.length; from += WORDS_A_SEGMENT) {
    const to = Math.min(from + WORDS_A_SEGMENT, words.length);
    segments.push({
      id: segments.length,
      start: secondsOf(from),
      end: secondsOf(to),
      text: words.slice(from, to).join(' '),
    });
  }
  return segments;
}

/** In seconds. */
export function durationOf(text: string): number {
  return secondsOf(text.split(' ').length);
}

export function wordTimes(text: string) {
  return text.split(' ').map((word, index) => ({ word, start: secondsOf(index), end: secondsOf(index + 1) }));
}

export function subRip(text: string): string {
  const blocks = segmentsOf(text).map(
    ({ id, start, end, text: said }) => `${id + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${said}\n`,
  );
  return `${blocks.join('\n')}\n`;
}

export function webVtt(text: string): string {
  const blocks = segmentsOf(text).map(
    ({ start, end, text: said }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${said}\n`,
  );
  return `WEBVTT\n\n${blocks.join('\n')}\n`;
}

function secondsOf(words: number): number {
  return Math.round(words * WORD_SECONDS * 100) / 100;
}

function clock(seconds: number, point: ',' | '.'): string {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const ms = Math.round((seconds % 1) * 1_000);
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}${point}${String(ms).padStart(3, '0')}`;
}
