import { priceTable } from '../../../account/price-table.ts';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, warning } from '../finding.ts';

/** How old the prices are by which costs are reckoned. */
export const pricesCheck: Check = { name: 'prices', run: priceFindings };

const dayMs = 86_400_000;
const oldDays = 90;

function priceFindings({ clock }: DoctorContext): readonly Finding[] {
  const { asOf } = priceTable;
  const days = Math.floor((clock.epochMs() - Date.parse(asOf)) / dayMs);
  if (days <= oldDays) return [ok(`as of ${asOf}`)];
  return [
    warning(
      `The list of prices is of ${asOf}, ${days} days old, so costs may be wrong.`,
      'Take a newer Telltale (npm install telltale@latest), or give your own prices: observe(client, { prices }).',
    ),
  ];
}
