import type { Body, Refusal } from '../answer.ts';
import { refuse, wrongType } from '../error-bodies.ts';
import { recordOf } from '../fields.ts';

const purposes = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'];

const SHORTEST_SECONDS = 3_600;
const LONGEST_SECONDS = 30 * 24 * 3_600;

export function purposeProblem(purpose: unknown): Refusal | undefined {
  if (purpose === undefined) return refuse(400, "'purpose' is a required property", 'purpose');
  if (typeof purpose === 'string' && purposes.includes(purpose)) return undefined;
  const allowed = purposes.map((name) => `'${name}'`).join(', ');
  return refuse(
    400,
    `'${String(purpose)}' is not one of [${allowed}] - 'purpose'`,
    'purpose',
    'invalid_value',
  );
}

/** `expires_after`, whose seconds are text in a form. */
export function expiryProblem(fields: Body, name = 'expires_after'): Refusal | undefined {
  const given = fields[name] ?? undefined;
  if (given === undefined) return undefined;
  const expiry = recordOf(given);
  if (!expiry) return wrongType(name, 'an object', given);
  if (expiry['anchor'] !== 'created_at') {
    const message = `Invalid value: '${String(expiry['anchor'])}'. Supported values are: 'created_at'.`;
    return refuse(400, message, `${name}.anchor`, 'invalid_value');
  }
  const seconds = Number(expiry['seconds']);
  if (Number.isInteger(seconds) && seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS)
    return undefined;
  const message = `Invalid '${name}.seconds': expected an integer from ${SHORTEST_SECONDS} to ${LONGEST_SECONDS}, but got '${String(expiry['seconds'])}' instead.`;
  return refuse(400, message, `${name}.seconds`);
}

/** After a file's creation, of what `expiryProblem` let pass. A file for a batch expires after 30 days. */
export function expirySeconds(fields: Body, purpose: unknown, name = 'expires_after'): number | undefined {
  const seconds = recordOf(fields[name])?.['seconds'];
  if (seconds !== undefined) return Number(seconds);
  return purpose === 'batch' ? LONGEST_SECONDS : undefined;
}
