import { describe, expect, test } from 'vitest';
import { type K6, k6Command } from '../../../loadtest/k6-binary/index.ts';

const config =
  'TELLTALE_LOADTEST={"gatewayUrl":"http://127.0.0.1:4000","mockUrl":"http://localhost:4001/v1","id":"127.0.0.1"}';

function dockerK6(hostName: K6['hostName']): K6 {
  return {
    command: ['docker', 'run', '--rm'],
    source: 'docker',
    version: '1.8.1',
    inContainer: true,
    hostName,
  };
}

/** What follows the image's name. */
function argumentsIn(command: readonly string[]): readonly string[] {
  return command.slice(command.indexOf('grafana/k6:1.8.1') + 1);
}

test('a k6 of this machine is started with its arguments as they are', () => {
  const k6: K6 = {
    command: ['/opt/k6'],
    source: 'K6',
    version: '1.8.1',
    inContainer: false,
    hostName: '127.0.0.1',
  };
  expect(k6Command(k6, '/project', ['run', '--env', config, '/project/run.ts'])).toEqual([
    '/opt/k6',
    'run',
    '--env',
    config,
    '/project/run.ts',
  ]);
});

describe('a container', () => {
  test('sees the project, read-only, and the script in it', () => {
    const command = k6Command(dockerK6('127.0.0.1'), '/my project', [
      'run',
      '/my project/loadtest/k6/run.ts',
    ]);
    expect(command.slice(0, 3)).toEqual(['docker', 'run', '--rm']);
    expect(command).toContain('type=bind,src=/my project,dst=/telltale,readonly');
    expect(argumentsIn(command)).toEqual(['run', '/telltale/loadtest/k6/run.ts']);
  });

  test('that shares our network keeps our addresses', () => {
    const command = k6Command(dockerK6('127.0.0.1'), '/project', ['--env', config]);
    expect(command.join(' ')).toContain('--network host');
    expect(argumentsIn(command)).toEqual(['--env', config]);
  });

  test('that does not reaches us by the name that Docker Desktop gives us', () => {
    const command = k6Command(dockerK6('host.docker.internal'), '/project', ['--env', config]);
    expect(command).not.toContain('--network');
    expect(argumentsIn(command)[1]).toBe(
      'TELLTALE_LOADTEST={"gatewayUrl":"http://host.docker.internal:4000",' +
        '"mockUrl":"http://host.docker.internal:4001/v1","id":"127.0.0.1"}',
    );
  });

  test('sees a Windows path as one of its own', () => {
    const script = 'C:\\telltale\\loadtest\\k6\\run.ts';
    const command = k6Command(dockerK6('host.docker.internal'), 'C:\\telltale', ['run', script]);
    expect(argumentsIn(command)).toEqual(['run', '/telltale/loadtest/k6/run.ts']);
  });
});
