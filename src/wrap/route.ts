/** A word of a path as the API spells it: `chat`, `fine_tuning`, `content-provenance-checks`. */
const word = /^(?:v\d+|[a-z]+(?:[_-][a-z]+)*)$/;
/** No word of the API is so long; letters alone in such a number are an identifier. */
const longestWord = 40;

/** What may stand behind a collection's name and is no identifier of something in it. */
const partsOfCollections = new Set([
  'agents/automations',
  'agents/environments',
  'agents/sessions',
  'certificates/activate',
  'certificates/deactivate',
  'environments/templates',
  'graders/run',
  'graders/validate',
  'images/edits',
  'images/generations',
  'images/variations',
  'responses/compact',
  'responses/input_tokens',
  'threads/runs',
  'translations/client_secrets',
  'videos/characters',
  'videos/edits',
  'videos/extensions',
]);

/**
 * The path of a request with its identifiers replaced, so that it can be an attribute: `/files/{id}/content`.
 * The query, and the origin of an absolute URL, are left out.
 *
 * An identifier is what does not look like a word, and whatever stands behind the name of a collection, because
 * some are words: `latest`, `role-owner`.
 */
export function routeOf(path: string): string {
  const bare = path.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  let route = '';
  /** The word before; empty behind an identifier. */
  let before = '';
  for (const segment of bare.split('/')) {
    if (segment === '') continue;
    const isWord = word.test(segment) && segment.length <= longestWord && !isEntry(before, segment);
    if (isWord) route += `/${segment}`;
    else route += before === 'models' ? '/{model}' : '/{id}';
    before = isWord ? segment : '';
  }
  return route === '' ? '/' : route;
}

function isEntry(before: string, segment: string): boolean {
  const isCollection = before.endsWith('s') || before === 'external_storage';
  return isCollection && !partsOfCollections.has(`${before}/${segment}`);
}
