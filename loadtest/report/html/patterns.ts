import { type Html, html } from './escape.ts';

/** The fills that tell failed, backoff and throttle apart without their colours; every drawing refers to these. */
export function patterns(): Html {
  return html`<svg class="definitions" width="0" height="0" aria-hidden="true"><defs>
${hatch('hatch-failed', 5)}${hatch('hatch-late', 5)}${hatch('hatch-backoff', 6)}<pattern id="dots-throttle" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"/><circle class="mark" cx="2.5" cy="2.5" r="1.2"/></pattern>
</defs></svg>`;
}

function hatch(id: string, sizePx: 5 | 6): Html {
  const size = String(sizePx);
  return html`<pattern id="${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="${size}" height="${size}"/><rect class="mark" width="2" height="${size}"/></pattern>
`;
}
