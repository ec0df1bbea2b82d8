/**
 * Charts stretch with the page but their text must not, so positions along the page are percentages, heights are
 * pixels, and no `viewBox` scales anything. A path cannot hold percentages: it lives in a stretched inner `<svg>`.
 */
import { type Html, html, nothing } from './escape.ts';

/** A coordinate, short; a value that does not exist is drawn at 0 rather than breaking the drawing. */
export function coordinate(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';
}

/** A fraction of the width as a percentage. */
export function across(fraction: number): string {
  return Number.isFinite(fraction) ? `${Math.round(fraction * 1e5) / 1e3}%` : '0%';
}

// How wide a chart is at least where each class of the style sheet starts to show; see `charts.css`.
const WIDTHS_PX = [
  ['', 250],
  ['from-medium', 460],
  ['from-wide', 800],
] as const;
const CHARACTER_PX = 6.8;

export type Visibility = (typeof WIDTHS_PX)[number][0];

/** The narrowest chart in which a text fits into a fraction of the width; undefined where it fits in none. */
export function visibilityOf(text: string, fraction: number): Visibility | undefined {
  const neededPx = text.length * CHARACTER_PX + 12;
  return WIDTHS_PX.find(([, widthPx]) => fraction * widthPx >= neededPx)?.[0];
}

/** The description a screen reader gets in place of a drawing. */
export function described(text: string): Html {
  return html`role="img" aria-label="${text}"`;
}

/** An inner drawing of `units` by `heightPx`, stretched to the whole width; strokes keep their width. */
export function stretched(units: number, topPx: number, heightPx: number, content: Html): Html {
  const height = coordinate(heightPx);
  return html`<svg x="0" y="${coordinate(topPx)}" width="100%" height="${height}" viewBox="0 0 ${coordinate(units)} ${height}" preserveAspectRatio="none" class="stretched">${content}</svg>`;
}

/** A line that skips the gaps (undefined) between its points. */
export function linePath(points: readonly (readonly [x: number, y: number] | undefined)[]): string {
  let pen = 'M';
  let path = '';
  points.forEach((point, index) => {
    if (!point) {
      pen = 'M';
      return;
    }
    path += `${pen}${coordinate(point[0])} ${coordinate(point[1])}`;
    // A point alone between two gaps is a line of no length, which round caps make a dot.
    if (pen === 'M' && !points[index + 1]) path += 'h0';
    pen = 'L';
  });
  return path;
}

export function path(className: string, d: string): Html {
  return d === '' ? nothing : html`<path class="${className}" d="${d}"/>`;
}
