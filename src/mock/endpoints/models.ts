import type { Refusal, WholeAnswer } from '../answer.ts';
import { unknownModel } from '../error-bodies.ts';

/** The models that `GET /models` lists. The other endpoints take any name. */
const names = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4.1-nano',
  'gpt-4o',
  'gpt-4o-mini',
  'o3',
  'o4-mini',
  'text-embedding-3-large',
  'text-embedding-3-small',
];

/** 2025-01-01, of all of them. */
const CREATED = 1_735_689_600;

function modelObject(id: string) {
  return { id, object: 'model', created: CREATED, owned_by: 'telltale-mock' };
}

/** `GET /models`. */
export function listModels(): WholeAnswer {
  return whole({ object: 'list', data: names.map(modelObject) });
}

/** `GET /models/{id}`. */
export function retrieveModel(id: string): WholeAnswer | Refusal {
  return names.includes(id) ? whole(modelObject(id)) : unknownModel(id);
}

/** `DELETE /models/{id}`. Fine-tuned models can be deleted, and no others. */
export function deleteModel(id: string): WholeAnswer | Refusal {
  return id.startsWith('ft:') ? whole({ id, object: 'model', deleted: true }) : unknownModel(id);
}

function whole(value: object): WholeAnswer {
  return { kind: 'whole', body: JSON.stringify(value), tokens: 0, usage: null, finishReason: null };
}
