import { type Html, html, nothing } from './escape.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** One sentence on how to read it. */
  readonly lead?: string;
  readonly body: Html;
}

export function section({ id, title, lead, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lead === undefined ? nothing : html`<p class="lead">${lead}</p>`}
${body}
</section>
`;
}

/** A section without content says so. */
export function empty(text: string): Html {
  return html`<p class="empty">${text}</p>`;
}

/** What is wider than the page scrolls inside its own box, which the keyboard can reach. */
export function scrollBox(label: string, content: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}

/** A word in a coloured pill; the sign says the same as the colour. */
export function badge(tone: 'good' | 'bad' | 'warn' | 'plain', text: string): Html {
  const sign = { good: '✓', bad: '✕', warn: '!', plain: '' }[tone];
  const mark = sign === '' ? nothing : html`<span aria-hidden="true">${sign}\u00a0</span>`;
  return html`<span class="badge ${tone}">${mark}${text}</span>`;
}
