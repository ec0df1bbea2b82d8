import { createHash } from 'node:crypto';

/** The page's one style sheet. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --surface: #ffffff; --ink: #171b22; --muted: #55606f; --hair: #e1e5eb; --edge: #c5ccd6;
  --accent: #2457c5; --soft: #e9effb; --warn: #7d5200; --warn-soft: #fbf1da;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --surface: #161a21; --ink: #e7eaef; --muted: #9ba6b6; --hair: #272e39; --edge: #3b4453;
    --accent: #8fb4ff; --soft: #1b2537; --warn: #eabf6a; --warn-soft: #352a14;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere;
}
main { max-width: 52rem; margin: 0 auto; }
main.wide { max-width: 76rem; }
article + article { margin-top: 4rem; border-top: 1px solid var(--edge); padding-top: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; color: var(--muted); }
p { margin: 0 0 .75rem; }
.about { color: var(--muted); margin: 0; }
.card { background: var(--surface); border: 1px solid var(--hair); border-radius: 10px; padding: 1.1rem 1.25rem; }
.card p:last-child { margin-bottom: 0; }
.columns { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.facts { display: grid; gap: 1px; margin: 1.25rem 0 0; padding: 0; background: var(--surface); border: 1px solid var(--hair);
  border-radius: 10px; overflow: hidden; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
.facts div { box-shadow: 0 0 0 1px var(--hair); padding: .6rem .9rem; }
.facts dt { font-size: .8rem; color: var(--muted); }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; }
.facts small { display: block; font-weight: 400; color: var(--muted); }
.caveats { margin: 1rem 0 0; padding: .7rem 1.25rem; list-style: none; background: var(--warn-soft); color: var(--warn);
  border-radius: 10px; font-size: .92rem; }
ol.points { margin: 0; padding: 0; list-style: none; counter-reset: point; display: grid; gap: .75rem; }
ol.points > li { counter-increment: point; position: relative; padding-left: 3.1rem; }
ol.points > li::before { content: counter(point); position: absolute; left: 1.25rem; top: 1.1rem; color: var(--accent);
  font-weight: 700; font-variant-numeric: tabular-nums; }
.references { list-style: none; margin: .6rem 0 0; padding: 0; display: grid; gap: .4rem; font-size: .9rem; }
.references li { border-left: 3px solid var(--edge); padding: .05rem 0 .05rem .7rem; color: var(--muted); }
.references .place { display: block; color: var(--accent); font-weight: 600; font-size: .82rem; }
.references q { quotes: "“" "”"; }
.none { color: var(--muted); }
table { border-collapse: collapse; width: 100%; background: var(--surface); border: 1px solid var(--hair); border-radius: 10px; }
.scroll { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .6rem .9rem; border-top: 1px solid var(--hair); }
thead th { border-top: 0; color: var(--muted); font-size: .85rem; }
.figures td { font-variant-numeric: tabular-nums; text-align: right; overflow-wrap: normal; }
.figures thead th:not(:first-child) { text-align: right; }
.figures tbody th { font-weight: 400; color: var(--muted); white-space: nowrap; }
.sides { table-layout: fixed; }
.sides td { border-left: 1px solid var(--hair); }
.sides td:first-child { border-left: 0; }
.sides .missing { color: var(--muted); background: var(--page); }
.sides td::before { display: none; }
@media (max-width: 40rem) {
  body { padding: 1.25rem .75rem 3rem; }
  h1 { font-size: 1.4rem; }
  .sides thead { display: none; }
  .sides, .sides tbody, .sides tr, .sides td { display: block; }
  .sides { border: 0; background: none; }
  .sides tr { background: var(--surface); border: 1px solid var(--hair); border-radius: 10px; margin-bottom: .75rem; overflow: hidden; }
  .sides td { border-left: 0; }
  .sides tr td:first-child { border-top: 0; }
  .sides td::before { display: block; content: attr(data-model); color: var(--muted); font-size: .8rem; }
}
@media print {
  body { background: none; padding: 0; }
  .card, ol.points > li, .sides tr { break-inside: avoid; }
}
`;

/** As a content security policy names it: the browser hashes exactly what stands between the style tags. */
export const stylesHash = `sha256-${createHash('sha256').update(styles).digest('base64')}`;
