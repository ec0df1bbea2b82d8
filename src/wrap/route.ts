/** Prefixes of identifiers that consist of letters only often enough to be mistaken for a word. */
const identifierPrefix =
  /^(?:file|batch|resp|msg|conv|chatcmpl|vs|asst|thread|run|step|call|upload|ftjob|ft|eval|evalrun|org|proj|user|key|cntr|video|wfr)[-_:]/;
/** A word of a path as the API spells it: `chat`, `fine_tuning`, `content-provenance-checks`. */
const word = /^(?:v\d+|[a-z]+(?:[_-][a-z]+)*)$/;

/**
 * The path of a request with its identifiers replaced, so that it can be an attribute: `/files/{id}/content`.
 * The query, and the origin of an absolute URL, are left out.
 */
export function routeOf(path: string): string {
  const bare = path.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  const segments = bare.split('/').filter((segment) => segment !== '');
  const route = segments.map((segment, index) => {
    if (segments[index - 1] === 'models') return '{model}';
    return word.test(segment) && segment.length <= 40 && !isIdentifier(segment) ? segment : '{id}';
  });
  return `/${route.join('/')}`;
}

function isIdentifier(segment: string): boolean {
  return identifierPrefix.test(segment) && !knownWords.has(segment);
}

/** Words of the API that begin like an identifier. */
const knownWords = new Set(['file_batches', 'file_search', 'run_steps', 'fine_tuning', 'user_certificates']);
