import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { Collector, type CollectorPlace } from './collector.ts';
import { type Row, same } from './rows.ts';

/** The configuration is valid; one with a mistake, and a port that is taken, are said so. */
export async function configRows(place: CollectorPlace, configFile: string, folder: string): Promise<Row[]> {
  const misspelt = path.join(folder, 'misspelt.yaml');
  writeFileSync(misspelt, readFileSync(configFile, 'utf8').replace('decision_wait:', 'decison_wait:'));
  const unknown = path.join(folder, 'unknown.yaml');
  writeFileSync(
    unknown,
    readFileSync(configFile, 'utf8').replace('exporters: [debug/logs]', 'exporters: [loki]'),
  );
  const valid = validate(place.binary, configFile);
  const wrongKey = validate(place.binary, misspelt);
  const wrongName = validate(place.binary, unknown);
  return [
    same('the configuration is valid', 'valid', valid.ok ? 'valid' : valid.said),
    same('a misspelt key is refused and named', true, !wrongKey.ok && wrongKey.said.includes('decison_wait')),
    same(
      'a part that is not configured is refused and named',
      true,
      !wrongName.ok && wrongName.said.includes('loki'),
    ),
    await portRow(place),
  ];
}

function validate(binary: string, file: string): { readonly ok: boolean; readonly said: string } {
  const ran = spawnSync(binary, ['validate', '--config', file], { encoding: 'utf8', timeout: 60_000 });
  return { ok: ran.status === 0, said: `${ran.stdout}${ran.stderr}`.trim() };
}

async function portRow(place: CollectorPlace): Promise<Row> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const taken = `yaml:receivers::otlp::protocols::http::endpoint: 127.0.0.1:${port}`;
  const collector = await Collector.at({ ...place, configs: [...place.configs, taken] });
  const code = await collector.runToEnd();
  holder.close();
  const named = collector.problems(40).includes(String(port));
  return same('a port that is taken ends it, and is named', true, code !== 0 && named);
}
