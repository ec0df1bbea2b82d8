/** The endpoints that the mock serves. Faults and the schema of a schedule take their names from here. */
export const endpointNames = [
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
] as const;

/** Which of the mock's endpoints a request went to; `other` is a path that it does not serve. */
export type Endpoint = (typeof endpointNames)[number] | 'other';
