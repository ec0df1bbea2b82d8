import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRun } from '../loadtest/fixtures/load-run.ts';

/*
 * A whole load run, with its own processes, whose caller sends secrets and whose provider repeats the key wherever it has a word.
 * The key has no form that anybody knows. All that the run leaves behind and says is searched.
 */

const canaries = {
  key: '0canaryabf3a9c2d4e5b60718293a4b',
  organization: 'org-Canary0organization1',
  header: 'Canary0header1',
  cookie: 'Canary0cookie1',
  caller: 'Canary0caller1abcdef',
  callerCookie: 'Canary0callercookie1',
  baggage: 'Canary0baggage1',
  prompt: 'Canary0prompt1',
  email: 'canary0@example.com',
  pasted: 'sk-proj-Canary0pasted1abcdefghij',
  ofTheRunner: 'Canary0runner1abcdefgh',
} as const;

/** Of each file that is in a folder, and in those within it. */
function filesIn(folder: string): readonly (readonly [name: string, text: string])[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? filesIn(file) : [[file, readFileSync(file, 'latin1')] as const];
  });
}

describe('a load run with secrets in it', { timeout: 60_000 }, () => {
  it('leaves none of them in any file, and says none', async () => {
    const planted = pathToFileURL(path.join(import.meta.dirname, 'planted.mjs'));
    const { outDirectory, said } = await loadRun({
      env: {
        NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${planted}`,
        CANARIES: JSON.stringify(canaries),
        OPENAI_API_KEY: canaries.ofTheRunner,
        OPENAI_ORG_ID: canaries.ofTheRunner,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${canaries.ofTheRunner}`,
      },
    });
    const files = [...filesIn(outDirectory), ['what was said', said] as const];
    const found = files.flatMap(([name, text]) =>
      Object.entries(canaries).flatMap(([what, secret]) =>
        text.includes(secret) ? [`${what} in ${name}`] : [],
      ),
    );
    rmSync(outDirectory, { recursive: true, force: true });
    expect(found).toEqual([]);
    // So that there was something to find: calls that went well and calls that did not, each with the key in its words.
    const telemetry = files.find(([name]) => name.endsWith('otlp-traces.jsonl'))?.[1] ?? '';
    expect(telemetry).toContain('resp_[redacted api key]');
    expect(telemetry).toContain('req_[redacted api key]');
    expect(telemetry).toContain('"authentication"');
  });
});
