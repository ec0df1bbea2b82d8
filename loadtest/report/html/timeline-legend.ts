import { type Html, html } from './escape.ts';

const ENTRIES: readonly (readonly [name: string, drawing: Html])[] = [
  ['good', html`<rect class="succeeded" y="2" width="22" height="10"/>`],
  ['ok, but late', html`<rect class="late" y="2" width="22" height="10"/>`],
  ['failed', html`<rect class="failed" y="2" width="22" height="10"/>`],
  ['offered', html`<path class="line offered" d="M0 7h22"/>`],
  ['retries', html`<path class="line retries" d="M0 7h22"/>`],
  ['p95 latency', html`<path class="line p95" d="M0 7h22"/>`],
  ['p50 latency', html`<path class="line p50" d="M0 7h22"/>`],
];
/** So many of them belong to calls per second. */
const CALLS = 5;

/** Of the whole timeline, or of its calls alone. */
export function timelineLegend(callsOnly = false): Html {
  const entries = (callsOnly ? ENTRIES.slice(0, CALLS) : ENTRIES).map(
    ([name, drawing]) =>
      html`<li><svg class="swatch" width="22" height="14" aria-hidden="true">${drawing}</svg>${name}</li>`,
  );
  return html`<ul class="legend" aria-label="Legend">${entries}</ul>`;
}
