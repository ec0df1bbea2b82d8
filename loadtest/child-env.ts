/**
 * What a child process inherits. Settings of the user's own telemetry, proxies and k6 are meant for other things, and
 * would change what the run measures: sampling would lose spans, `K6_VUS` would replace the scenario.
 */
export function childEnv(env: NodeJS.ProcessEnv, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !isForeign(name.toUpperCase()) || isIdentity(name));
  return { ...Object.fromEntries(kept), ...own };
}

const foreign = /^(OTEL_|TELLTALE_|OPENAI_|K6(_|$)|NODE_USE_ENV_PROXY$|NODE_CHANNEL)/;

function isForeign(name: string): boolean {
  return foreign.test(name);
}

/** How the user wants the service to be called in a collector. */
function isIdentity(name: string): boolean {
  return name === 'OTEL_SERVICE_NAME' || name === 'OTEL_RESOURCE_ATTRIBUTES';
}
