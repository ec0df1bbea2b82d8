import { jsonText } from '../shared/figures-text.ts';
import { pricesAsOf } from '../shared/known-models.ts';
import { processTerminal } from '../shared/terminal.ts';
import { estimateHelp, readEstimateArguments } from './arguments.ts';
import { estimateModels } from './estimate-models.ts';
import { readInput } from './read-input.ts';
import { daysPerMonth, showEstimates } from './show.ts';

/** `telltale estimate`: what requests would cost, before anything is sent. */
export async function estimate(args: readonly string[]): Promise<number> {
  const settings = readEstimateArguments(args);
  if (!settings) {
    process.stdout.write(estimateHelp);
    return 0;
  }
  const terminal = processTerminal(settings.env);
  const input = await readInput(settings.words, process.stdin);
  const models = await estimateModels(input, settings);
  const { requestsPerDay } = settings;
  terminal.out.write(
    settings.json
      ? `${jsonText({
          pricesAsOf,
          kind: input.kind,
          ...(input.name !== undefined && { name: input.name }),
          ...(requestsPerDay !== undefined && { requestsPerDay, daysPerMonth }),
          models,
        })}\n`
      : showEstimates(input, models, settings, terminal.columns),
  );
  return 0;
}
