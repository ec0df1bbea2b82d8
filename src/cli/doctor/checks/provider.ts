import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';
import type { Answer, Probe } from '../probe.ts';
import { probe } from '../probe.ts';
import { httpUrl, isLocal, providerUrl, shownUrl } from '../provider-url.ts';
import { proxyOf } from '../proxies.ts';
import { unreachable } from '../unreachable.ts';

/** Whether the provider can be reached. It is asked for its models without a key, which costs nothing. */
export const providerCheck: Check = { name: 'provider', run: providerFindings };

/** Asks; undefined where there is no address to ask. */
export async function askProvider(
  context: Pick<DoctorContext, 'env' | 'clock' | 'nodeFlags' | 'nodeVersion'>,
): Promise<Probe | undefined> {
  const base = httpUrl(providerUrl(context.env['OPENAI_BASE_URL']));
  if (!base) return undefined;
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/models`;
  url.username = '';
  url.password = '';
  try {
    return await probe({ url, clock: context.clock, proxy: proxyOf(url, context) });
  } catch (error) {
    return { reached: 'nothing', failedAt: 'proxy', reason: error instanceof Error ? error.message : '' };
  }
}

async function providerFindings(context: DoctorContext): Promise<readonly Finding[]> {
  const setting = context.env['OPENAI_BASE_URL'];
  const url = httpUrl(providerUrl(setting));
  if (!url)
    return [
      problem(
        'OPENAI_BASE_URL is not an http:// or https:// address.',
        'Set it to one such as https://api.openai.com/v1, or unset it.',
      ),
    ];
  const shape = shapeOf(url, setting);
  if (context.offline) return shape.length > 0 ? shape : [skipped(`${shownUrl(url)}: not asked (--offline)`)];
  const asked = await context.provider();
  if (asked === undefined) return shape;
  if (asked.reached === 'nothing') return [...shape, unreachable(url, asked, 'OPENAI_BASE_URL')];
  return [...shape, answered(url, asked.answer)];
}

function shapeOf(url: URL, setting: string | undefined): readonly Finding[] {
  const found: Finding[] = [];
  const [, endpoint] =
    /\/(chat\/completions|completions|responses|embeddings|models)\/*$/.exec(url.pathname) ?? [];
  if (endpoint !== undefined)
    found.push(
      problem(
        `OPENAI_BASE_URL ends with /${endpoint}, which the client adds itself.`,
        `Leave /${endpoint} out of it.`,
      ),
    );
  else if (url.hostname === 'api.openai.com' && !/^\/v1\/*$/.test(url.pathname))
    found.push(
      problem(
        'OPENAI_BASE_URL has not the path /v1, so every call would be answered with 404.',
        'Set it to https://api.openai.com/v1, or unset it.',
      ),
    );
  if (setting !== undefined && setting !== setting.trim())
    found.push(warning('OPENAI_BASE_URL has blanks around it.', 'Set it again without them.'));
  if (url.protocol === 'http:' && !isLocal(url))
    found.push(
      warning(
        `Calls go to ${url.host} without TLS, and the key with them.`,
        'Use an https:// address, unless that network is yours.',
      ),
    );
  if (url.username !== '' || url.password !== '')
    found.push(
      warning(
        'OPENAI_BASE_URL holds a name or a password, which end up in logs.',
        'Leave them out, and give the client a header.',
      ),
    );
  return found;
}

function answered(url: URL, { status, contentType, tookMs }: Answer): Finding {
  const shown = shownUrl(url);
  const time = `${Math.round(tookMs)} ms`;
  if (status === 401) return ok(`${shown} answers (401 without a key, as it should; ${time})`);
  if (contentType.includes('html'))
    return problem(
      `${shown} answers HTTP ${status} with a page, which no API does.`,
      'Look whether a proxy or a login page of the network stands in between, and whether OPENAI_BASE_URL is right.',
    );
  if (status >= 200 && status < 300) return ok(`${shown} answers (${status}, without a key; ${time})`);
  if (status === 404)
    return warning(
      `${shown} answers, and knows no /models there (404).`,
      'Look whether OPENAI_BASE_URL lacks its last part, mostly /v1; some providers have no list of models.',
    );
  if (status === 403)
    return warning(
      `${shown} answers 403: it may not serve this country or network.`,
      'See https://platform.openai.com/docs/supported-countries, or ask who runs the network.',
    );
  if (status === 429 || status >= 500)
    return warning(
      `${shown} answers HTTP ${status}: it has trouble.`,
      'Try again later; see https://status.openai.com.',
    );
  return warning(
    `${shown} answers HTTP ${status}, which is unusual.`,
    'Look whether OPENAI_BASE_URL is right.',
  );
}
