import { bodies, type Needs } from './bodies.ts';

/** Projects and what is in them stand elsewhere than the roles that are given in them. */
function placeOf(path: string): string {
  return /^\/projects(?:\/[^/]+\/(?:users|groups))?$/.test(path) ? `/organization${path}` : path;
}

/** What is never taken from a list: what is there is needed elsewhere. */
const alwaysMade = ['/files', '/assistants'];

/** Ids that no list and no creation gives: they come by other ways. */
const fixed: Readonly<Record<string, string>> = {
  '/realtime/calls': 'rtc_1',
  '/fine_tuning/checkpoints': 'ft:mock:ckpt',
  '/safety/cases': 'case_1',
  '/safety/alerts': 'alert_1',
  '/models': 'gpt-4o',
};

/** The id of something that stands right under a path: the first of its list, or one that is made. */
export async function findId(
  url: string,
  path: string,
  needs: Pick<Needs, 'idOf'> & Partial<Needs>,
): Promise<string> {
  const known = fixed[path];
  if (known !== undefined) return known;
  const place = placeOf(path);
  const headers = { authorization: 'Bearer any' };
  const listed = await fetch(url + place, { headers });
  const found =
    listed.ok && !alwaysMade.includes(place)
      ? idIn(((await listed.json()) as { data: unknown[] }).data?.[0], place)
      : undefined;
  if (found !== undefined) return found;
  const template = `POST ${place.replace(/\/[^/]*(?:_|-|\d)[^/]*(?=\/)/g, (part) => (isId(part) ? '/:' : part))}`;
  const body = (await bodies[template]?.(needs as Needs)) ?? {};
  const isForm = Object.values(body).some(
    (value) => value instanceof File || (Array.isArray(value) && value[0] instanceof File),
  );
  const made = await fetch(url + place, {
    method: 'POST',
    headers: isForm ? headers : { ...headers, 'content-type': 'application/json' },
    body: isForm ? formOf(body) : JSON.stringify(body),
  });
  const text = await made.text();
  const id = made.ok ? idIn(JSON.parse(text), place) : undefined;
  if (id === undefined)
    throw new Error(`Nothing stands under ${place}, nor can it be made (${template}): ${text}`);
  return id;
}

function isId(part: string): boolean {
  return /\d/.test(part);
}

function formOf(body: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body))
    for (const one of [value].flat()) form.append(Array.isArray(value) ? `${name}[]` : name, one as File);
  return form;
}

function idIn(value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const object = value as Record<string, unknown>;
  if (path.endsWith('/versions')) return object['version'] as string;
  const role = object['role'] as { id?: string } | undefined;
  const session = object['session'] as { id?: string } | undefined;
  const given = path.endsWith('/roles') ? (role?.id ?? object['id']) : (object['id'] ?? object['user_id']);
  return (given ?? session?.id ?? object['group_id'] ?? object['path']) as string | undefined;
}
