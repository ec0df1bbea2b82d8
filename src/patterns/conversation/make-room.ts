import { errorName } from './error-name.ts';
import { fallOut, type KeepRule } from './fall-out.ts';
import { addCosts, nothingSpent } from './spent.ts';
import { summarise } from './summarise.ts';
import type { TurnRun } from './turn-run.ts';
import { messagesOfTurn, tokensOfTurn } from './window.ts';

/** Lets the oldest turns fall out of what the model is shown, where it would be more than `keep` says. */
export async function makeRoom(run: TurnRun): Promise<void> {
  const { keep } = run.session.settings;
  const end = endOfFallen(run, keep);
  if (end > run.record.start) await letFall(run, end, false);
}

/**
 * Lets half of what the model is shown fall out, because the provider said that it is too long.
 *
 * @returns false where there is nothing that could
 */
export async function shrink(run: TurnRun): Promise<boolean> {
  const shown = shownTurns(run).length;
  if (shown === 0) return false;
  const rule = { turns: Math.floor(shown / 2), tokens: Number.POSITIVE_INFINITY, leave: 1 };
  // Of one turn nothing may stay.
  const end = shown === 1 ? run.record.turns.length - 1 : endOfFallen(run, rule);
  await letFall(run, end, true);
  run.notice('shrunk', 'The conversation was too long for the model, so it is shown less of it.');
  return true;
}

/** The turns that the model is shown before the one that is to be answered. */
function shownTurns({
  record,
  session,
}: TurnRun): readonly { readonly at: number; readonly tokens: number }[] {
  const { countTokens } = session.settings;
  return record.turns
    .slice(0, -1)
    .flatMap((turn, at) =>
      at < record.start || messagesOfTurn(turn).length === 0
        ? []
        : [{ at, tokens: tokensOfTurn(turn, countTokens) }],
    );
}

/** The first turn that stays. */
function endOfFallen(run: TurnRun, rule: KeepRule): number {
  const shown = shownTurns(run);
  const fallen = fallOut(
    shown.map(({ tokens }) => tokens),
    rule,
  );
  if (fallen === 0) return run.record.start;
  return shown[fallen]?.at ?? run.record.turns.length - 1;
}

async function letFall(run: TurnRun, end: number, must: boolean): Promise<void> {
  const { start, turns } = run.record;
  const fallen = turns.slice(start, end);
  const told = `${start + 1} to ${end}`;
  if (!run.session.settings.summarise) {
    await run.write({}, { start: end });
    run.notice('dropped', `The model is no longer shown turns ${told}.`);
    return;
  }
  const { text, meter, error } = await summarise(run, fallen);
  const { cost } = meter;
  const spent = {
    cost: addCosts(run.record.cost, cost),
    summaryCost: addCosts(run.record.summaryCost, cost),
  };
  const turnCost = { cost: addCosts(run.turn.cost, cost) };
  if (text !== undefined) {
    const atMs = run.session.settings.clock.epochMs();
    const summaries = run.record.summaries + 1;
    await run.write(turnCost, { ...spent, start: end, summary: { text, atMs, turns: end }, summaries });
    const sofar = run.summarised ?? { turns: 0, cost: nothingSpent };
    run.summarised = { turns: sofar.turns + fallen.length, cost: addCosts(sofar.cost, cost) };
    run.notice('summarised', `The model is shown a summary in the place of turns ${told}.`);
    return;
  }
  // What cannot be summarised stays as it is, unless it cannot stay.
  await run.write(turnCost, must ? { ...spent, start: end } : spent);
  const what = must ? 'they are left out' : 'the model is still shown them';
  run.notice('unsummarised', `Turns ${told} could not be summarised (${errorName(error)}), so ${what}.`);
}
