import type { Answer } from '../answer.ts';
import { missing } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { json, unknownObject } from './answers.ts';
import { fileOf } from './form-fields.ts';

/** The mock finds no file made by a machine, and warns nobody. */
export const safetyRoutes: readonly Route[] = [
  {
    endpoint: 'moderations',
    method: 'POST',
    path: '/content_provenance_checks',
    takes: 'form',
    answer: provenance,
  },
  ...['case', 'alert'].map(
    (kind): Route => ({
      endpoint: 'moderations',
      method: 'GET',
      path: `/safety/${kind}s/:id`,
      answer: ({ params: { id = '' } }) => unknownObject(`safety ${kind}`, id),
    }),
  ),
];

function provenance({ form, world }: ApiRequest): Answer {
  if (!fileOf(form, 'file')) return missing('file');
  const createdAt = Math.floor(world.clock.epochMs() / 1_000);
  return json({ object: 'content_provenance_check', created_at: createdAt, results: [] });
}
