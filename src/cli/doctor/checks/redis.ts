import type { Redis } from 'ioredis';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';
import { compareVersions, versionOf } from '../version-range.ts';
import { refusedOf } from './redis-probe.ts';
import { answeredWith, ofCluster, refusalFindings } from './redis-refusals.ts';

/** Whether the Redis answers, is new enough, keeps what it holds, and runs the scripts for this user. Nothing of yours is read or changed. */
export const redisCheck: Check = { name: 'Redis', run: redisFindings };

const limitMs = 4_000;

async function redisFindings({ redisUrl, offline, clock }: DoctorContext): Promise<readonly Finding[]> {
  if (redisUrl === undefined) return [skipped('REDIS_URL is not set, and --redis not given')];
  const url = addressOf(redisUrl);
  if (url === undefined)
    return [
      problem('The Redis is not named by an address.', 'Name it as redis://HOST:PORT, or rediss:// for TLS.'),
    ];
  const shown = shownAddress(url);
  if (offline) return [skipped(`${shown}: not asked (--offline)`)];
  let Client: typeof Redis;
  try {
    ({ Redis: Client } = await import('ioredis'));
  } catch {
    // The check of ioredis tells this as a problem.
    return [skipped(`${shown}: not asked, since ioredis is missing`)];
  }
  const client = new Client(redisUrl, {
    lazyConnect: true,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  let reason = 'no answer in time';
  client.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  const cancel = clock.schedule(() => client.disconnect(), 2 * limitMs, 'work');
  try {
    await client.connect();
    return [...(await stateFindings(client, shown))];
  } catch (error) {
    const said = error instanceof Error && !/closed|ended/i.test(error.message) ? error.message : reason;
    return [unanswered(url, withoutSecrets(said, url))];
  } finally {
    cancel();
    client.disconnect();
  }
}

/** What the client takes: an address, or the path of a Unix socket, alone or behind `unix://`. */
function addressOf(redisUrl: string): URL | undefined {
  const url = URL.parse(redisUrl.startsWith('/') ? `unix://${redisUrl}` : redisUrl);
  if (url === null) return undefined;
  if (url.protocol === 'unix:') return url.hostname === '' && url.pathname.length > 1 ? url : undefined;
  return /^rediss?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined;
}

function shownAddress({ protocol, host, pathname }: URL): string {
  return protocol === 'unix:' ? pathname : host;
}

function unanswered(url: URL, reason: string): Finding {
  const shown = shownAddress(url);
  return (
    answeredWith(shown, reason) ??
    problem(
      `The Redis at ${shown} does not answer (${reason}).`,
      'Start it, correct its address, or look whether it wants TLS (rediss://).',
    )
  );
}

async function stateFindings(client: Redis, host: string): Promise<readonly Finding[]> {
  const info = await infoOf(client);
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1];
  const version = field('redis_version') ?? 'unknown (this user may not run INFO)';
  const found: Finding[] = [];
  const numbers = versionOf(version);
  if (numbers && compareVersions(numbers, [6, 2, 0]) < 0)
    found.push(
      problem(`The Redis at ${host} is ${version}, and Telltale needs 6.2.`, 'Take a newer one, or Valkey.'),
    );
  const most = Number(field('maxmemory') ?? 0);
  const policy = field('maxmemory_policy');
  // A script that has deleted is let go on, so the probe does not see it.
  if (most > 0 && Number(field('used_memory') ?? 0) >= most && policy === 'noeviction')
    found.push(
      problem(
        `The Redis at ${host} is full (maxmemory, ${most} bytes), and takes no writes (OOM).`,
        'Raise its maxmemory, or look what fills it: redis-cli --bigkeys.',
      ),
    );
  if (policy !== undefined && policy !== 'noeviction')
    found.push(
      warning(
        `The Redis at ${host} drops what it holds when its memory is full (maxmemory-policy ${policy}), limits and budgets too.`,
        'Set it there: CONFIG SET maxmemory-policy noeviction.',
      ),
    );
  if (field('cluster_enabled') === '1') found.push(ofCluster(host));
  const refusals = refusalFindings(host, await refusedOf(client));
  // A node of a cluster says MOVED of keys that are another's: that it is one was said already.
  found.push(...refusals.filter(({ says }) => !found.some((one) => one.says === says)));
  return found.length > 0 ? found : [ok(`${host} answers, version ${version}`)];
}

/** INFO is among the commands that are called dangerous, and nothing but these checks needs it. */
async function infoOf(client: Redis): Promise<string> {
  try {
    return await client.info();
  } catch (error) {
    // A proxy may not know it, and a server may have it under another name.
    if (error instanceof Error && /^NOPERM|unknown command|unsupported command/i.test(error.message))
      return '';
    throw error;
  }
}

/** An error of the client may hold what it was given. */
function withoutSecrets(text: string, url: URL): string {
  const secrets = [url.href, url.password, decoded(url.password), url.username].filter(
    (one) => one.length > 2,
  );
  return secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text).slice(0, 160);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
