/** The mock's endpoints, as faults and the ledger name them; `other` is a path that it does not serve. */
export const endpoints = [
  'chat',
  'responses',
  'conversations',
  'completions',
  'embeddings',
  'moderations',
  'models',
  'files',
  'uploads',
  'batches',
  'images',
  'audio',
  'videos',
  'vector_stores',
  'fine_tuning',
  'evals',
  'containers',
  'assistants',
  'threads',
  'skills',
  'realtime',
  'chatkit',
  'webhook_endpoints',
  'organization',
  'other',
] as const;

/** Which of the mock's endpoints a request went to; `other` is a path that it does not serve. */
export type Endpoint = (typeof endpoints)[number];
