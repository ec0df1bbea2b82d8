// Loaded into the processes of a load run with `--import`. It plants what must be found nowhere: in the caller's request, in what
// the gateway's client is sent with, and in what the provider says to it, which repeats the key in every word that it has.

const canaries = JSON.parse(process.env.CANARIES ?? '{}');
const script = (process.argv[1] ?? '').replaceAll('\\', '/');
const bare = globalThis.fetch;

if (script.endsWith('loadtest/gateway/main.ts')) {
  const { default: OpenAI } = await import('openai');
  OpenAI.prototype.prepareRequest = async ({ headers }) => {
    headers.set('authorization', `Bearer ${canaries.key}`);
    headers.set('openai-organization', canaries.organization);
    headers.set('x-secret', canaries.header);
  };
  let answers = 0;
  globalThis.fetch = async (url, init) => {
    const response = await bare(url, init);
    // Where nothing was planted before, nothing is found either, and the test says so.
    if (!init.body.includes(canaries.prompt)) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    headers.set('set-cookie', `session=${canaries.cookie}`);
    headers.set('x-request-id', `req_${canaries.key}`);
    headers.set('x-ratelimit-limit-tokens', canaries.key);
    headers.set('openai-organization', canaries.organization);
    answers++;
    if (answers % 3 === 0) {
      const error = {
        message: `Wrong: ${canaries.key}`,
        type: canaries.key,
        code: canaries.key,
        param: canaries.prompt,
      };
      headers.set('content-type', 'application/json');
      headers.set('x-should-retry', 'false');
      return new Response(JSON.stringify({ error }), { status: 401, headers });
    }
    const body = await response.json();
    const words = {
      id: `resp_${canaries.key}`,
      service_tier: canaries.key,
      system_fingerprint: canaries.key,
    };
    return new Response(JSON.stringify({ ...body, ...words }), { status: response.status, headers });
  };
}

if (script.endsWith('fake-k6.ts')) {
  globalThis.fetch = (url, init) => {
    const asked = JSON.parse(init.body);
    if (asked.prompt === undefined) return bare(url, init);
    const prompt = `${asked.prompt} ${canaries.prompt}, says ${canaries.email}, with ${canaries.pasted}.`;
    const headers = {
      ...init.headers,
      authorization: `Bearer ${canaries.caller}`,
      cookie: `session=${canaries.callerCookie}`,
      baggage: `user=${canaries.baggage}`,
    };
    return bare(url, { ...init, headers, body: JSON.stringify({ ...asked, prompt, user: canaries.email }) });
  };
}
