#!/usr/bin/env node
// Stands in for Jaeger: says a version, or listens where the configuration would have it.
import { createServer } from 'node:http';

const [first] = process.argv.slice(2);
if (first === 'version') {
  console.log('{"gitCommit":"","gitVersion":"v2.20.0","buildDate":""}');
} else if (process.env.JAEGER_STAND_IN === 'broken') {
  console.error('Error: cannot build pipelines: no such receiver');
  process.exitCode = 1;
} else {
  console.log(`config ${process.argv[3]}, telemetry ${process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'none'}`);
  const servers = [process.env.JAEGER_UI_PORT, process.env.JAEGER_OTLP_HTTP_PORT].map((port) =>
    createServer((_, response) => response.end('{"data":[],"total":0}')).listen(Number(port), '127.0.0.1'),
  );
  process.on('SIGTERM', () => {
    console.log('shutting down');
    for (const server of servers) server.closeAllConnections();
    process.exit(0);
  });
}
