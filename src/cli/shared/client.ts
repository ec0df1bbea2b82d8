import type OpenAI from 'openai';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import type { ObserveOptions } from '../../index.ts';
import { observe } from '../../index.ts';
import type { Mock, MockOptions } from '../../mock/index.ts';
import type { Environment } from './environment.ts';

export interface OpenedClient {
  /** Observed. */
  readonly openai: OpenAI;
  /** Where the mock listens; undefined for the real provider. */
  readonly mock: Mock | undefined;
}

/**
 * An observed client of the provider, or of the embedded mock.
 *
 * @throws RunFailure where there is no key, or no openai; TelltaleError `invalid_option`
 */
export async function openClient(
  env: Environment,
  options: ObserveOptions,
  mockOptions: { readonly scenario?: string | undefined; readonly options: MockOptions } | undefined,
): Promise<OpenedClient> {
  const { default: Client } = await importOpenai();
  if (mockOptions) {
    const { startMock, loadScenario, scenarioNames } = await import('../../mock/index.ts');
    const { scenario, options: mocking } = mockOptions;
    const { checkOneOf } = await import('../../check.ts');
    const name =
      scenario === undefined ? undefined : checkOneOf('--mock-scenario', scenario, scenarioNames());
    const mock = await startMock({
      ...mocking,
      ...(name !== undefined && (await loadScenario(name)).options),
    });
    const openai = new Client({
      apiKey: 'mock',
      baseURL: mock.url,
      adminAPIKey: null,
      organization: null,
      project: null,
    });
    return { openai: observe(openai, options), mock };
  }
  const apiKey = env['OPENAI_API_KEY'];
  if (apiKey === undefined || apiKey.trim() === '')
    throw new RunFailure(
      'No API key: set OPENAI_API_KEY, or put it into a file .env. Without one, try --mock.',
    );
  const openai = new Client({
    apiKey: apiKey.trim(),
    ...setting('baseURL', env['OPENAI_BASE_URL']),
    ...setting('organization', env['OPENAI_ORG_ID']),
    ...setting('project', env['OPENAI_PROJECT_ID']),
    ...setting('webhookSecret', env['OPENAI_WEBHOOK_SECRET']),
  });
  return { openai: observe(openai, options), mock: undefined };
}

function setting<N extends string>(name: N, value: string | undefined): { readonly [K in N]?: string } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { readonly [K in N]?: string };
}

async function importOpenai(): Promise<typeof import('openai')> {
  try {
    return await import('openai');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new RunFailure('The package `openai` is not installed. Run: npm install openai');
  }
}
