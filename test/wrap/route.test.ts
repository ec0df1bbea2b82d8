import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/wrap/retry-after.ts';
import { routeOf } from '../../src/wrap/route.ts';

describe('the route of a path', () => {
  it.each([
    ['/chat/completions', '/chat/completions'],
    ['/models/gpt-5-mini', '/models/{model}'],
    ['/files/file-abc123/content', '/files/{id}/content'],
    ['/files/file-abcdef', '/files/{id}'],
    ['/vector_stores/vs_1/file_batches/vsfb_9/files', '/vector_stores/{id}/file_batches/{id}/files'],
    ['/fine_tuning/jobs/ftjob-abc/events', '/fine_tuning/jobs/{id}/events'],
    ['/responses/resp_68abc/input_items?limit=2', '/responses/{id}/input_items'],
    ['/skills/skill_68a/versions/latest/content', '/skills/{id}/versions/{id}/content'],
    ['/organization/users/user-abc/roles/role-owner', '/organization/users/{id}/roles/{id}'],
    ['/organization/external_storage/mine', '/organization/external_storage/{id}'],
    ['/threads/runs', '/threads/runs'],
    ['/threads/glass/runs', '/threads/{id}/runs'],
    ['/videos/characters/glass', '/videos/characters/{id}'],
    [`/dreams/${'a'.repeat(41)}`, '/dreams/{id}'],
    [`/dream/${'a'.repeat(41)}`, '/dream/{id}'],
    ['https://example.test/v1/content-provenance-checks#x', '/v1/content-provenance-checks'],
    ['/', '/'],
  ])('of %s is %s', (path, route) => {
    expect(routeOf(path)).toBe(route);
  });
});

describe("the server's wish to wait", () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '1.5', 'retry-after-ms': '20' }, 20],
    [{ 'retry-after': new Date(now + 3000).toUTCString() }, 3000],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': '120' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('in %o is %s ms', (headers, expected) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});
