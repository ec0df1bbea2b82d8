import { expect, it } from 'vitest';
import { childEnv } from '../../loadtest/child-env.ts';

it('keeps what would change the measurement from the children, and leaves the rest', () => {
  const env = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    OTEL_TRACES_SAMPLER: 'always_off',
    OTEL_SERVICE_NAME: 'mine',
    OTEL_RESOURCE_ATTRIBUTES: 'a=b',
    TELLTALE_CONTENT: 'full',
    OPENAI_BASE_URL: 'http://elsewhere',
    K6: '/opt/k6',
    K6_VUS: '5',
    NODE_USE_ENV_PROXY: '1',
    K6ISH: 'kept',
  };
  expect(childEnv(env, { OTEL_SERVICE_NAME: 'ours', ADDED: '1' })).toEqual({
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    OTEL_SERVICE_NAME: 'ours',
    OTEL_RESOURCE_ATTRIBUTES: 'a=b',
    K6ISH: 'kept',
    ADDED: '1',
  });
});
