/** The endpoints that the mock serves. Faults and the schema of a schedule take their names from here. */
export const endpointNames = ['chat', 'responses', 'embeddings', 'models'] as const;

/** Which of the mock's endpoints a request went to; `other` is a path that it does not serve. */
export type Endpoint = (typeof endpointNames)[number] | 'other';
