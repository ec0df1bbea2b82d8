import type { ContractCase } from '../contract-case.ts';
import { methodCases } from '../methods/method-cases.ts';
import { aborts } from './aborts.ts';
import { basics } from './basics.ts';
import { clients } from './clients.ts';
import { fetches } from './fetches.ts';
import { helpers } from './helpers.ts';
import { odd } from './odd.ts';
import { raws } from './raw.ts';
import { resources } from './resources.ts';
import { retries } from './retries.ts';
import { streams } from './streams.ts';
import { uploads } from './uploads.ts';

/** Everything that is done with a bare and with an observed client, by what it is about. */
export const groups: readonly { readonly title: string; readonly cases: readonly ContractCase[] }[] = [
  { title: 'Chat, Responses, embeddings', cases: basics },
  { title: 'Other resources, and what their spans say', cases: resources },
  { title: 'Every method of every resource, once', cases: methodCases },
  { title: 'Helpers: `parse`, `stream`, `runTools`, …', cases: helpers },
  { title: 'Raw answers and bodies', cases: raws },
  { title: 'Streams and how they end', cases: streams },
  { title: 'Errors, retries, time-outs', cases: retries },
  { title: 'Aborts at every moment', cases: aborts },
  { title: 'Request bodies and uploads', cases: uploads },
  { title: 'Kinds of clients', cases: clients },
  { title: "A `fetch` of the user's own", cases: fetches },
  { title: 'What is rare', cases: odd },
];

export const cases: readonly ContractCase[] = groups.flatMap((group) => group.cases);
