const official = 'https://api.openai.com/v1';

/** Where the client sends calls. */
export function providerUrl(baseUrl: string | undefined): string {
  return baseUrl === undefined || baseUrl.trim() === '' ? official : baseUrl.trim();
}

export function isOfficial(baseUrl: string | undefined): boolean {
  return httpUrl(providerUrl(baseUrl))?.hostname === 'api.openai.com';
}

/** An address that can be asked; undefined for what is none. */
export function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

/** How an address is shown: without a name and a password in it, and without what may be one behind `?`. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

export function isLocal({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.|^\[::1\]$/.test(hostname);
}
