import { clip, duration, instant, perSecond, tickDuration, ungrouped } from '../format.ts';
import type { RunReport, VerdictWord } from '../model.ts';
import { stateOf } from '../state.ts';
import { type Html, html, nothing } from './escape.ts';

const HEADLINES: Readonly<Record<VerdictWord, string>> = {
  green: 'Every threshold held and the books agree',
  red: 'This run did not pass',
  void: 'This run proves nothing: k6 could not keep its arrival rate',
  partial: 'Cut short: nothing wrong in what did happen',
};

// One shape a verdict, so that it can be told without its colour.
const SIGNS: Readonly<Record<VerdictWord, string>> = {
  green: 'M7 12.5l3.4 3.4L17.2 9',
  red: 'M8 8l8 8M16 8l-8 8',
  void: 'M8 12h8',
  partial: 'M9.5 8v8M14.5 8v8',
};

export function stateName(run: RunReport): string {
  const state = stateOf(run);
  return `${state.charAt(0).toUpperCase()}${state.slice(1)}`;
}

export function verdictBanner(run: RunReport): Html {
  const state = stateOf(run);
  const { reasons } = run.verdict;
  const list =
    reasons.length === 0
      ? nothing
      : html`<ul class="reasons">${reasons.map((reason) => html`<li>${clip(reason)}</li>`)}</ul>`;
  return html`<div class="verdict ${state}">
<svg class="sign" viewBox="0 0 24 24" width="44" height="44" aria-hidden="true"><circle cx="12" cy="12" r="11"/><path d="${SIGNS[state]}"/></svg>
<div><p class="state">${stateName(run)}</p><h1>${HEADLINES[state]}</h1>${list}${notes(run)}${partialNotice(run)}${sabotageNotice(run)}</div>
</div>
`;
}

function notes({ notes: all = [] }: RunReport): readonly Html[] {
  return all.map((note) => html`<p class="notice"><strong>Note.</strong> ${clip(note)}</p>`);
}

function partialNotice({ header, measuredMs }: RunReport): Html {
  if (!header.partial) return nothing;
  return html`<p class="notice"><strong>Partial run.</strong> It was cut short after ${duration(measuredMs)} of ${duration(header.durationMs)}; every figure below covers only what happened until then.</p>`;
}

function sabotageNotice(run: RunReport): Html {
  const { sabotage } = run.header;
  if (sabotage === undefined) return nothing;
  const judgement =
    stateOf(run) === 'red'
      ? 'The run was meant to turn red, and it did.'
      : 'The run was meant to turn red, and it did not: do not trust this verdict.';
  return html`<p class="notice"><strong>Sabotage planted: <code>${clip(sabotage)}</code>.</strong> ${judgement}</p>`;
}

export function headerFacts({ header, serviceLevel, rows, generator }: RunReport): Html {
  const { json, streams } = header.offeredPerSecond;
  const calls = rows.some(({ kind }) => kind === 'request')
    ? 'requests'
    : generator.polls === undefined
      ? 'JSON'
      : 'jobs';
  const load = [
    ...(json === 0 ? [] : [`${perSecond(json)} ${calls}`]),
    ...(streams === 0 ? [] : [`${perSecond(streams)} streams`]),
  ];
  const versions = Object.entries(header.versions).map(([name, version]) => `${name} ${version}`);
  const facts: readonly (readonly [string, string])[] = [
    ['Scenario', header.scenario],
    ['Seed', ungrouped(header.seed)],
    ['Offered load', load.join(' + ') || 'none'],
    ['Duration', tickDuration(header.durationMs)],
    [
      'Service level',
      `${tickDuration(serviceLevel.wholeMs)} in all, ${tickDuration(serviceLevel.firstTokenMs)} to the first token`,
    ],
    ['Started', instant(header.startedAt)],
    ['Machine', header.machine || 'not recorded'],
    ['Versions', versions.join(' · ') || 'not recorded'],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${clip(value)}</dd></div>`)}</dl>
`;
}
